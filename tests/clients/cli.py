"""Amazon's own command line, from the environment of the tests."""

import json
import os
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
from rows import Rows

from tests import aws_program

ROLE = "arn:aws:iam::123456789012:role/anything"
IMAGE = "xgboost-sentiment:dev"
SAMPLE = Path("images/xgboost-sentiment/sample").absolute()
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
SOURCE = {"S3DataType": "S3Prefix", "S3Uri": "s3://cli/train/"}

rows = Rows("AWS CLI")


def aws(given: Any, *arguments: Any) -> Any:
    """What `aws` prints, as JSON where it is; CalledProcessError when it is refused."""
    words = [each if isinstance(each, str) else json.dumps(each) for each in arguments]
    done = subprocess.run([given.program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout


def wait(waiter: str, **named: str) -> None:
    """Wait with boto3: the CLI's own waiters ask once a minute."""
    boto3.client("sagemaker").get_waiter(waiter).wait(**named)


@rows.works("`s3 mb`, `cp`, `sync`, `ls`, `mv`, `rm`, `presign`")
def s3(given: Any) -> None:
    aws(given, "s3", "mb", "s3://cli")
    aws(given, "s3", "sync", str(SAMPLE), "s3://cli/sample")
    aws(given, "s3", "cp", "--recursive", str(SAMPLE / "train"), "s3://cli/train/")
    aws(given, "s3", "mv", "s3://cli/sample/request.json", "s3://cli/moved.json")
    assert "reviews.csv" in aws(given, "s3", "ls", "--recursive", "s3://cli/sample/")
    assert aws(given, "s3", "presign", "s3://cli/moved.json").startswith("http://")
    aws(given, "s3", "rm", "--recursive", "s3://cli/sample")


@rows.works("`sagemaker create-training-job`, `describe`, `list`")
def trains(given: Any) -> None:
    aws(
        given, "sagemaker", "create-training-job", "--training-job-name", "cli", "--role-arn", ROLE,
        "--algorithm-specification", {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "--hyper-parameters", {"num_round": "2", "min_count": "1"},
        "--input-data-config", [{"ChannelName": "train", "DataSource": {"S3DataSource": SOURCE}}],
        "--output-data-config", {"S3OutputPath": "s3://cli/models"},
        "--resource-config", {**MACHINE, "VolumeSizeInGB": 10},
        "--stopping-condition", "MaxRuntimeInSeconds=600",
    )  # fmt: skip
    wait("training_job_completed_or_stopped", TrainingJobName="cli")
    job = aws(given, "sagemaker", "describe-training-job", "--training-job-name", "cli")
    assert job["TrainingJobStatus"] == "Completed", job
    given.model = job["ModelArtifacts"]["S3ModelArtifacts"]
    listed = aws(given, "sagemaker", "list-training-jobs", "--name-contains", "cli", "--status-equals", "Completed")
    assert [each["TrainingJobName"] for each in listed["TrainingJobSummaries"]] == ["cli"]


@rows.works("`logs filter-log-events`, `describe-log-streams` of a job")
def logs(given: Any) -> None:
    here = ("--log-group-name", "/aws/sagemaker/TrainingJobs", "--log-stream-name-prefix", "cli/")
    events = aws(given, "logs", "filter-log-events", *here)["events"]
    assert any("train:accuracy=" in event["message"] for event in events)
    assert len(aws(given, "logs", "describe-log-streams", *here)["logStreams"]) == 1


@rows.works("`create-model`, `create-endpoint-config`, `create-endpoint`, `invoke-endpoint`")
def deploys(given: Any) -> None:
    aws(given, "sagemaker", "create-model", "--model-name", "cli", "--execution-role-arn", ROLE,
        "--primary-container", {"Image": IMAGE, "ModelDataUrl": given.model})  # fmt: skip
    variant = {"VariantName": "all", "ModelName": "cli", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    aws(
        given,
        "sagemaker",
        "create-endpoint-config",
        "--endpoint-config-name",
        "cli",
        "--production-variants",
        [variant],
    )
    aws(given, "sagemaker", "create-endpoint", "--endpoint-name", "cli", "--endpoint-config-name", "cli")
    wait("endpoint_in_service", EndpointName="cli")
    answer = given.folder / "answer.json"
    aws(given, "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "cli", "--content-type", "application/json",
        "--body", f"fileb://{SAMPLE / 'request.json'}", str(answer))  # fmt: skip
    assert len(json.loads(answer.read_text())["predictions"]) == 2


@rows.works("`create-transform-job`")
def transforms(given: Any) -> None:
    (given.folder / "unseen.csv").write_text('"A wonderful film, superbly acted."\n"Dull, dull, dull."\n')
    aws(given, "s3", "cp", str(given.folder / "unseen.csv"), "s3://cli/unseen/unseen.csv")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://cli/unseen/"}}
    aws(given, "sagemaker", "create-transform-job", "--transform-job-name", "cli", "--model-name", "cli",
        "--transform-input", {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "--transform-output", {"S3OutputPath": "s3://cli/answers", "AssembleWith": "Line"},
        "--transform-resources", MACHINE)  # fmt: skip
    wait("transform_job_completed_or_stopped", TransformJobName="cli")
    assert len(aws(given, "s3", "cp", "s3://cli/answers/unseen.csv.out", "-").splitlines()) == 2


@rows.works("`delete-endpoint`, `delete-endpoint-config`, `delete-model`, `s3 rb --force`")
def deletes(given: Any) -> None:
    aws(given, "sagemaker", "delete-endpoint", "--endpoint-name", "cli")
    aws(given, "sagemaker", "delete-endpoint-config", "--endpoint-config-name", "cli")
    aws(given, "sagemaker", "delete-model", "--model-name", "cli")
    aws(given, "s3", "rb", "--force", "s3://cli")


@rows.works("`sts get-caller-identity`, `iam get-role`")
def identity(given: Any) -> None:
    assert aws(given, "sts", "get-caller-identity")["Arn"].endswith(":assumed-role/emulator/session")
    assert aws(given, "iam", "get-role", "--role-name", "anything")["Role"]["Arn"] == ROLE


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, aws_program.running(Path(folder)) as programs:
        os.environ["HOME"] = folder
        rows.run(version("awscli"), SimpleNamespace(program=programs / "aws", folder=Path(folder)))
