import json
import subprocess
import sys

import pytest
from blazingtext_client.client.__main__ import main

from .conftest import VECTORS

JOB = ["--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/Trainer", "--bucket", "a-bucket"]


def test_prepare_says_what_it_made(tmp_path, capsys):
    (tmp_path / "r.csv").write_text("science and tech,A probe\narts,!\n")
    out = tmp_path / "train.txt"
    assert main(["prepare", str(tmp_path / "r.csv"), "--supervised", "--output", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{out}: 1 lines, 2 words",
        "1 texts without a word were left out",
        "the label 'science and tech' is written as 'science_and_tech': white space would end it",
    ]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Prepared files, in the folder where the commands run."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.txt", "validation.txt"):
        (tmp_path / name).write_text("a film\n")


def test_request_prints_the_requests(files, capsys):
    more = ["--set", "mode=batch_skipgram", "--set", "epochs=5", "--instance-count", "2", "--spot-wait", "4000",
            "--tag", "team=reviews", "--subnet", "subnet-1", "--security-group", "sg-1", "--kms-key", "12"]  # fmt: skip
    assert main(["request", "--train", "train.txt", *JOB, *more]) == 0
    put, create, describe = json.loads(capsys.readouterr().out)
    name = create["parameters"]["TrainingJobName"]
    assert name.startswith("blazingtext-20")
    assert put == {
        "service": "s3", "operation": "PutObject", "file": "train.txt",
        "parameters": {"Bucket": "a-bucket", "Key": f"blazingtext/{name}/input/train/train.txt",
                       "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "12"},
    }  # fmt: skip
    assert create["operation"] == "CreateTrainingJob"
    assert create["parameters"]["HyperParameters"] == {"mode": "batch_skipgram", "epochs": "5"}
    assert create["parameters"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 4000}
    assert create["parameters"]["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert describe["parameters"] == {"TrainingJobName": name}


def test_request_with_validation_data_and_a_name(files, capsys):
    more = ["--set", "mode=supervised", "--validation", "validation.txt", "--name", "classes-1"]
    assert main(["request", "--train", "train.txt", *JOB, *more]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [request["operation"] for request in made] == [
        "PutObject", "PutObject", "CreateTrainingJob", "DescribeTrainingJob",
    ]  # fmt: skip
    channels = [channel["ChannelName"] for channel in made[2]["parameters"]["InputDataConfig"]]
    assert channels == ["train", "validation"]


def test_run_is_sent_where_it_is_told(files, aws, capsys):
    more = ["--set", "mode=supervised", "--folder", "out", "--name", "classes-1", "--endpoint-url", aws]
    assert main(["run", "train.txt", *JOB, *more]) == 1
    assert "plain text has no labels, and mode supervised needs them" in capsys.readouterr().err
    more[1] = "mode=cbow"
    assert main(["run", "train.txt", *JOB, *more]) == 1  # moto runs nothing, so that there is no model
    said = capsys.readouterr()
    assert "training job classes-1 on 1 x ml.c5.2xlarge" in said.out
    assert said.err.startswith(
        "cannot download s3://a-bucket/blazingtext/classes-1/output/model.tar.gz: it does not exist"
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--set", "mode"], '--set "mode": expected NAME=VALUE'),
        (["--set", "mode=cbow", "--train", "nothing.txt"], "channel train: nothing.txt does not exist"),
        (["--set", "mode=cbow", "--bucket", "s3://a-bucket"], '"s3://a-bucket" is not the name of a bucket'),
        (["--set", "mode=cbow", "--role", "Trainer"], 'the role is "Trainer": expected an ARN'),
        (["--set", "mode=cbow", "--region", "eu-west-9"], "BlazingText has no known image in the region"),
        (["--set", "mode=word2vec"], 'wrong hyperparameter: mode is "word2vec"'),
        ([], "the hyperparameter mode is missing"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(files, capsys, more, sentence):
    assert main(["request", "--train", "train.txt", *JOB, *more]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == 1


def test_a_bad_record_is_one_sentence_and_exit_code_1(tmp_path, capsys):
    (tmp_path / "r.csv").write_text("pos,fine\npos\n")
    assert main(["prepare", str(tmp_path / "r.csv"), "--output", str(tmp_path / "train.txt")]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("r.csv line 2: 1 column instead of 2, label and text")


def test_embeddings_as_a_program(archive, tmp_path):
    arguments = ["embeddings", str(archive({"vectors.txt": VECTORS})), "--output", str(tmp_path / "out.txt")]
    done = subprocess.run([sys.executable, "-m", "blazingtext_client.client", *arguments],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'out.txt'}: 3 words of 2 dimensions\n", "")


def test_run_refuses_a_wrong_job_before_it_does_anything(tmp_path, capsys):
    more = ["--set", "mode=supervised", "--instance-count", "2"]
    assert main(["run", "none.csv", "--folder", str(tmp_path / "out"), *JOB, *more]) == 1
    assert "mode supervised runs on one instance, not on 2" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["prepare", "request", "embeddings", "run"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "--help" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert command in capsys.readouterr().out
