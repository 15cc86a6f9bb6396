"""Scripts of the user's own, sent as the SageMaker SDK sends its `entry_point`, run by the toolkit in the images."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.client import BUCKET, Client, channel, filled, start, training_request

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
MXNET = "763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-training:1.9.0-cpu-py38"
ARCHIVE = f"s3://{BUCKET}/code/sourcedir.tar.gz"
SCRIPT = """
import json, os, sys
import helper, shipped
print("score=0.25;")
with open(os.environ["SM_MODEL_DIR"] + "/seen.json", "w") as file:
    json.dump({
        "arguments": sys.argv[1:],
        "data": helper.lines(os.environ["SM_CHANNEL_TRAIN"]),
        "shipped": shipped.VALUE,
        "hyperparameters": json.load(open(os.environ["SM_INPUT_CONFIG_DIR"] + "/hyperparameters.json")),
        "keys": sorted(name for name in os.environ if name.startswith("AWS_") and name != "AWS_REGION"),
    }, file)
"""
HELPER = """
import pathlib
def lines(folder):
    return sum(len(path.read_text().split()) for path in pathlib.Path(folder).rglob("*.csv"))
"""


def wheel(name: str, content: str) -> bytes:
    """A wheel of one module, which pip installs without a network."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as files:
        files.writestr(f"{name}.py", content)
        files.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        files.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files.writestr(f"{name}-1.dist-info/RECORD", "")
    return made.getvalue()


def packed(**files: str | bytes) -> bytes:
    """A sourcedir.tar.gz; `a__py` is the file a.py."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def of_sdk(archive: str = ARCHIVE, **more: Any) -> dict[str, str]:
    """Hyperparameters as SDK v2 sends them: each as JSON."""
    own = {"sagemaker_program": "train.py", "sagemaker_submit_directory": archive, "sagemaker_container_log_level": 20}
    return {name: json.dumps(value) for name, value in {**own, **more}.items()}


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.container)])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", request.param)
    made = filled(running)
    source = packed(
        train__py=SCRIPT,
        helper__py=HELPER,
        requirements__txt="./shipped-1-py3-none-any.whl\n",
        **{"shipped-1-py3-none-any__whl": wheel("shipped", "VALUE = 42")},
    )
    made.put("code/sourcedir.tar.gz", source)
    made.put("code/fails.tar.gz", packed(train__py="import sys\nprint('so it ends')\nsys.exit(3)\n"))
    made.put("code/not.tar.gz", "text")
    yield made
    running.end()


def test_it_runs_in_place_of_the_algorithm(client: Client) -> None:
    given = of_sdk(max_depth=5, objective="binary:logistic")
    metric = {"Name": "score", "Regex": "score=([0-9.]+)"}
    job = client.train("script", XGBOOST, HyperParameters=given, AlgorithmSpecification__MetricDefinitions=[metric])
    assert job["TrainingJobStatus"] == "Completed", client.log("script")
    assert job["FinalMetricDataList"][0]["Value"] == 0.25
    with tarfile.open(fileobj=io.BytesIO(client.get("out/script/output/model.tar.gz"))) as tar:
        file = tar.extractfile("seen.json")
        assert file is not None
        seen = json.load(file)
    assert seen == {
        "arguments": ["--max_depth", "5", "--objective", "binary:logistic"],  # nothing for the stand-in's algorithm
        "data": 3,
        "shipped": 42,  # what requirements.txt names
        "hyperparameters": given,
        "keys": [],
    }
    assert any(line.startswith(f"{ARCHIVE} is in /opt/ml/code") for line in client.log("script"))


def test_what_it_installs_is_its_jobs_alone(client: Client) -> None:
    client.put("code/after.tar.gz", packed(train__py="import shipped"))
    job = client.train("after", XGBOOST, HyperParameters=of_sdk(f"s3://{BUCKET}/code/after.tar.gz"))
    assert job["TrainingJobStatus"] == "Failed"
    assert any("No module named 'shipped'" in line for line in client.log("after"))


def test_the_framework_runs_it_too_and_its_end_is_the_jobs(client: Client) -> None:
    job = client.train("fails", MXNET, HyperParameters=of_sdk(f"s3://{BUCKET}/code/fails.tar.gz"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:")
    assert "ExitCode 3" in job["FailureReason"]
    log = client.log("fails")
    assert log[0] == f"{MXNET} is Amazon's own framework: headline-mxnet runs here in its place"
    assert "so it ends" in log


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "is s3://bucket/code/missing.tar.gz, but that object does not exist: upload the archive"),
        ("not", "s3://bucket/code/not.tar.gz is not a whole tar.gz archive"),
    ],
)
def test_an_archive_that_cannot_be_had(client: Client, name: str, reason: str) -> None:
    job = client.train(f"archive-{name}", XGBOOST, HyperParameters=of_sdk(f"s3://{BUCKET}/code/{name}.tar.gz"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed: ")
    assert reason in job["FailureReason"]


@pytest.mark.parametrize(
    ("image", "given", "why"),
    [
        (MXNET, {"epochs": "5"}, "runs a script of yours, and hyperparameter sagemaker_program names none"),
        (XGBOOST, of_sdk("https://host/a.tar.gz"), "sagemaker_submit_directory is 'https://host/a.tar.gz': give an s3"),
    ],
)
def test_what_is_refused(client: Client, image: str, given: dict[str, str], why: str) -> None:
    with pytest.raises(ClientError, match=why):
        client.sagemaker.create_training_job(**training_request("refused", image, HyperParameters=given))


@pytest.mark.container
@pytest.mark.parametrize("client", ["docker"], indirect=True)
def test_without_network_the_archive_comes_in_a_channel(client: Client) -> None:
    isolated = {"EnableNetworkIsolation": True}
    with pytest.raises(ClientError, match="EnableNetworkIsolation cannot download: put the archive into a channel"):
        client.sagemaker.create_training_job(
            **training_request("isolated", XGBOOST, HyperParameters=of_sdk(), **isolated)
        )
    job = client.train(
        "isolated",
        XGBOOST,
        HyperParameters=of_sdk("/opt/ml/input/data/code/sourcedir.tar.gz"),
        InputDataConfig=[channel("train", f"s3://{BUCKET}/in/"), channel("code", ARCHIVE)],
        **isolated,
    )
    assert job["TrainingJobStatus"] == "Completed", client.log("isolated")
