"""The same life by Amazon's own command line, which knows nothing of this repository but an address."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import aws_program
from tests.endtoend.conftest import PATIENCE, PLAIN, REPOSITORY
from tests.waiting import until

pytestmark = PATIENCE

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/anything"
IMAGE = "xgboost-sentiment:dev"
SAMPLE = REPOSITORY / "images" / "xgboost-sentiment" / "sample"
SECONDS = 240
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}

Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The AWS CLI, already started."""
    with aws_program.running(tmp_path_factory.mktemp("aws")) as folder:
        yield folder / "aws"


@pytest.fixture
def aws(program: Path, settings: dict[str, str], tmp_path: Path) -> Aws:
    """Runs the AWS CLI against the emulator; what it prints, as JSON where it is."""
    elsewhere = {"AWS_DEFAULT_REGION": REGION, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    environment = {**PLAIN, **settings, **elsewhere}

    def run(*arguments: str | dict[str, Any] | list[Any], program: Path = program) -> Any:
        words = [each if isinstance(each, str) else json.dumps(each) for each in arguments]
        done = subprocess.run([program, *words], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    return run


@pytest.fixture
def settle(settings: dict[str, str]) -> Callable[..., None]:
    """Polls with boto3 until a resource has settled. The CLI's own waiters poll only once a minute."""
    key = {name.lower(): settings[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    sagemaker = boto3.client("sagemaker", REGION, endpoint_url=settings["AWS_ENDPOINT_URL"], **key)

    def wait(describe: str, status: str, **named: str) -> None:
        under_way = ("InProgress", "Creating")
        until(lambda: getattr(sagemaker, describe)(**named)[status], lambda seen: seen not in under_way, SECONDS)

    return wait


def test_the_life_of_a_model(aws: Aws, settle: Callable[..., None], tmp_path: Path) -> None:
    aws("s3", "mb", "s3://mine", program=aws_program.REAL)
    aws("s3", "cp", "--recursive", str(SAMPLE / "train"), "s3://mine/train/")
    aws(
        "sagemaker", "create-training-job", "--training-job-name", "by-hand", "--role-arn", ROLE,
        "--algorithm-specification", {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "--hyper-parameters", json.loads((SAMPLE / "hyperparameters.json").read_text()),
        "--input-data-config", [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": "s3://mine/train/"}}}],
        "--output-data-config", {"S3OutputPath": "s3://mine/models"},
        "--resource-config", {**MACHINE, "VolumeSizeInGB": 10},
        "--stopping-condition", {"MaxRuntimeInSeconds": 600},
    )  # fmt: skip
    settle("describe_training_job", "TrainingJobStatus", TrainingJobName="by-hand")
    job = aws("sagemaker", "describe-training-job", "--training-job-name", "by-hand")
    assert job["TrainingJobStatus"] == "Completed", job
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://mine/models/by-hand/output/model.tar.gz"
    assert job["TrainingJobArn"] == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/by-hand"
    streams = aws("logs", "describe-log-streams", "--log-group-name", "/aws/sagemaker/TrainingJobs")["logStreams"]
    assert [stream["logStreamName"].rpartition("-")[0] for stream in streams] == ["by-hand/algo-1"]

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws("sagemaker", "create-model", "--model-name", "by-hand", "--execution-role-arn", ROLE,
        "--primary-container", container)  # fmt: skip
    variant = {"VariantName": "all", "ModelName": "by-hand", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    aws("sagemaker", "create-endpoint-config", "--endpoint-config-name", "by-hand", "--production-variants", [variant])
    aws("sagemaker", "create-endpoint", "--endpoint-name", "by-hand", "--endpoint-config-name", "by-hand")
    settle("describe_endpoint", "EndpointStatus", EndpointName="by-hand")
    endpoint = aws("sagemaker", "describe-endpoint", "--endpoint-name", "by-hand")
    assert endpoint["EndpointStatus"] == "InService", endpoint
    (tmp_path / "body.json").write_text('{"instances": ["A wonderful film, superbly acted."]}')
    said = aws(
        "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "by-hand", "--content-type", "application/json",
        "--body", f"fileb://{tmp_path / 'body.json'}", str(tmp_path / "answer.json"),
    )  # fmt: skip
    assert said["InvokedProductionVariant"] == "all"
    (answer,) = json.loads((tmp_path / "answer.json").read_text())["predictions"]
    assert answer["label"] in ("neg", "pos")

    (tmp_path / "unseen.csv").write_text('"A wonderful film, superbly acted."\n"Dull, dull, dull."\n')
    aws("s3", "cp", str(tmp_path / "unseen.csv"), "s3://mine/unseen/unseen.csv")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://mine/unseen/"}}
    aws(
        "sagemaker", "create-transform-job", "--transform-job-name", "by-hand", "--model-name", "by-hand",
        "--transform-input", {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "--transform-output", {"S3OutputPath": "s3://mine/answers", "AssembleWith": "Line"},
        "--transform-resources", MACHINE,
    )  # fmt: skip
    settle("describe_transform_job", "TransformJobStatus", TransformJobName="by-hand")
    transform = aws("sagemaker", "describe-transform-job", "--transform-job-name", "by-hand")
    assert transform["TransformJobStatus"] == "Completed", transform
    scores = aws("s3", "cp", "s3://mine/answers/unseen.csv.out", "-").splitlines()
    assert len([float(score) for score in scores]) == 2

    aws("sagemaker", "delete-endpoint", "--endpoint-name", "by-hand")
    aws("sagemaker", "delete-endpoint-config", "--endpoint-config-name", "by-hand")
    aws("sagemaker", "delete-model", "--model-name", "by-hand")
    assert aws("sagemaker", "list-models")["Models"] == []
