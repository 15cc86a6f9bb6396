"""What each command would send to AWS, against files that a person has looked at.

`python -m tests.driver.test_dry_run` writes them anew; look at the difference before you keep it.
"""

import contextlib
import io
import json
import os
from pathlib import Path

import pytest

from driver import cli, images
from driver.data import getting
from driver.requests.request import Request

FOLDER = Path(__file__).parent / "dry_run"
AWS = ("--aws", "--dry-run", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer")
EVERYTHING = (
    "--bucket", "texts", "--kms-key", "1234", "--subnet", "subnet-1", "--subnet", "subnet-2",
    "--security-group", "sg-1", "--network-isolation", "--tag", "team=reviews",
)  # fmt: skip
JOB = (
    *EVERYTHING, "--encrypt-traffic", "--spot", "--spot-wait", "7200", "--checkpoints", "--prefix", "p",
    "--instance-type", "ml.c5.4xlarge", "--instance-count", "2", "--volume-gb", "50", "--max-runtime", "600",
    "--environment", "LEVEL=debug",
)  # fmt: skip
DATA = "images/xgboost-sentiment/sample/train/reviews.csv"
MODEL = ("--model-data", "s3://texts/model.tar.gz", "--image", "xgboost-sentiment", "--version", "reviews-2")

COMMANDS = {
    "train": ("train", "xgboost-sentiment", "--name", "reviews"),
    "train-everything": (
        "train", "xgboost-sentiment", "--name", "reviews", "--train", DATA, "--set", "num_round=30",
        "--channel", "validation=s3://texts/validation/,content-type=text/csv,distribution=ShardedByS3Key,mode=FastFile",
        *JOB,
    ),
    "train-headlines": ("train", "headline-mxnet", "--name", "headlines", "--image-tag", "0.1.0-abc"),
    "train-first-party": (
        "train", "blazingtext", "--name", "vectors", "--train", "s3://texts/corpus/", "--set", "mode=batch_skipgram",
    ),
    "train-other-image": (
        "train", "--image", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "--name", "bought",
        "--train", "s3://texts/features/", "--content-type", "text/csv", "--set", "num_round=100",
    ),
    "tune": ("tune", "xgboost-sentiment", "--name", "reviews"),
    "tune-everything": (
        "tune", "xgboost-sentiment", "--name", "reviews", "--train", "s3://texts/train/", "--range", "eta=0.1:0.9",
        "--range", "num_round=5:50:Logarithmic", "--range", "values", "--strategy", "Bayesian", "--jobs", "12",
        "--parallel", "3", "--early-stopping", "--seed", "7", "--objective", "validation:logloss", "--goal", "Minimize",
        *JOB,
    ),
    "deploy": ("deploy", "--name", "reviews", *MODEL),
    "deploy-everything": (
        "deploy", "--name", "reviews", *MODEL, *EVERYTHING, "--instance-type", "ml.c5.large", "--instance-count", "2",
        "--environment", "MODEL_SERVER_WORKERS=2",
    ),
    "update": ("update", "reviews", *MODEL, "--instance-type", "ml.c5.large", "--instance-count", "2"),
    "invoke": ("invoke", "reviews", "A wonderful film.\nAn awful one."),
    "invoke-file": ("invoke", "reviews", "--file", "images/xgboost-sentiment/sample/request.json", "--accept",
        "application/jsonlines"),
    "transform": ("transform", "reviews", DATA, "--name", "unseen", *MODEL),
    "transform-everything": (
        "transform", "reviews", "s3://texts/unseen/", "--name", "unseen", *MODEL, *EVERYTHING, "--content-type",
        "text/csv", "--accept", "text/csv", "--split", "Line", "--strategy", "SingleRecord", "--payload-mb", "1",
        "--concurrent", "4", "--compression", "Gzip", "--instance-type", "ml.c5.xlarge", "--instance-count", "2",
    ),
    "pipeline": ("pipeline", "news"),
    "pipeline-everything": (
        "pipeline", "news", "--corpus", "s3://texts/corpus/", "--train", "s3://texts/train/", "--validation",
        "s3://texts/validation/", "--vectors", "blazingtext", "--vectors-set", "mode=batch_skipgram", "--vectors-set",
        "vector_dim=50", "--set", "epochs=10", "--deploy", "--endpoint-instance-type", "ml.c5.large", "--version",
        "news-2", *JOB,
    ),
    "stop": ("stop", "reviews", "--kind", "training-job"),
    "stop-tuning": ("stop", "reviews", "--kind", "tuning-job"),
    "stop-transform": ("stop", "reviews", "--kind", "transform-job"),
    "delete": ("delete", "reviews"),
    "delete-configuration": ("delete", "reviews", "--kind", "endpoint-configuration"),
    "delete-model": ("delete", "reviews", "--kind", "model"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.chdir(images.REPOSITORY)
    monkeypatch.setattr(getting, "default_folder", lambda name: tmp_path / name)  # whatever data this machine has


@pytest.mark.parametrize("name", COMMANDS)
def test_a_dry_run_prints_what_was_looked_at(name):
    assert shown(COMMANDS[name]) == (FOLDER / f"{name}.json").read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_printed_is_as_aws_has_it(name, valid):
    for entry in json.loads((FOLDER / f"{name}.json").read_text("utf-8")):
        parameters = dict(entry["parameters"])
        if "Body" in parameters:
            parameters["Body"] = parameters["Body"].encode()
        valid(
            Request(entry["service"], entry["operation"], parameters, Path(entry["file"]) if "file" in entry else None)
        )


def test_no_file_is_left_of_a_command_that_is_gone():
    assert {path.stem for path in FOLDER.iterdir()} == set(COMMANDS)


def test_every_command_that_changes_something_is_looked_at():
    commands = set(map(cli.name, cli.COMMANDS))
    reading = {"fetch", "mistakes", "report", "drift", "logs", "list", "describe", "data", "local", "doctor", "try"}
    on_this_machine = {"rehearse-spot"}
    assert {arguments[0] for arguments in COMMANDS.values()} == commands - reading - on_this_machine


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy", "reviews"), "cannot ask for the model of reviews: give --model-data and --image"),
        (("update", "reviews"), "cannot look up the endpoint: give --model-data, --image, --instance-type"),
        (("stop", "reviews"), "cannot look up what kind of job this is: give --kind"),
        (("transform", "reviews", DATA), "cannot ask for the model of reviews"),
    ],
)
def test_what_cannot_be_known_without_asking_is_said(arguments, sentence, capsys):
    assert cli.main([*arguments, *AWS]) == 1
    assert sentence in capsys.readouterr().err


def test_a_dry_run_of_deploy_names_all_that_it_needs(capsys):
    assert cli.main(["deploy", "reviews", "--aws", "--dry-run", "--region", "eu-west-1"]) == 1
    assert "give --model-data, --image and --role" in capsys.readouterr().err
    role = ("--role", "arn:aws:iam::123456789012:role/Trainer")
    given = ("--model-data", "s3://texts/model.tar.gz", "--image", "xgboost-sentiment", *role)
    assert cli.main(["deploy", "reviews", "--aws", "--dry-run", "--region", "eu-west-1", *given]) == 0


def test_without_role_or_account_it_says_what_is_missing(capsys):
    assert cli.main(["train", "xgboost-sentiment", "--aws", "--dry-run", "--region", "eu-west-1"]) == 1
    assert "a dry run sends nothing, so it cannot find out your AWS account" in capsys.readouterr().err
    assert (
        cli.main(
            ["train", "xgboost-sentiment", "--aws", "--dry-run", "--region", "eu-west-1", "--account", "123456789012"]
        )
        == 1
    )
    assert "SageMaker needs a role" in capsys.readouterr().err


def shown(arguments: tuple[str, ...]) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        assert cli.main([*arguments, *AWS]) == 0, arguments
    return output.getvalue()


if __name__ == "__main__":
    os.chdir(images.REPOSITORY)
    FOLDER.mkdir(exist_ok=True)
    for command, given in COMMANDS.items():
        (FOLDER / f"{command}.json").write_text(shown(given), "utf-8")
