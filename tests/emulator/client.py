"""SageMaker as a client sees it: a running emulator with a bucket, whose images are the fixtures' programs too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.running import RunningEmulator
from tests.waiting import until

ROLE = "arn:aws:iam::123456789012:role/emulator"
BUCKET = "bucket"
GROUP = "/aws/sagemaker/TrainingJobs"
LINES = {"Name": "train:lines", "Regex": r"train:lines=(\d+);"}


class Client:
    """Calls of one running emulator, with what every test needs filled in."""

    def __init__(self, running: RunningEmulator):
        self.running = running
        self.s3, self.sagemaker, self.logs = (running.client(name) for name in ("s3", "sagemaker", "logs"))

    def put(self, key: str, content: str | bytes, bucket: str = BUCKET) -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def train(self, name: str, image: str, **changes: Any) -> dict[str, Any]:
        """Run a job to its end and return its description; `changes` as `training_request` has them."""
        self.sagemaker.create_training_job(**training_request(name, image, **changes))
        return self.ended(name)

    def ended(self, name: str) -> dict[str, Any]:
        return self.until(name, lambda job: job["TrainingJobStatus"] not in ("InProgress", "Stopping"))

    def until(self, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return until(lambda: self.sagemaker.describe_training_job(TrainingJobName=name), reached)

    def until_logged(self, name: str, text: str, host: str = "algo-1") -> None:
        until(lambda: self.log(name, host), lambda lines: any(text in line for line in lines))

    def log(self, name: str, host: str = "algo-1") -> list[str]:
        """The lines of a job's log, or none yet."""
        names = self.streams(f"{name}/{host}-")
        events = [self.logs.get_log_events(logGroupName=GROUP, logStreamName=stream)["events"] for stream in names]
        return [event["message"] for stream in events for event in stream]

    def streams(self, prefix: str) -> list[str]:
        try:
            found = self.logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=prefix)["logStreams"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [stream["logStreamName"] for stream in found]


def training_request(name: str, image: str, **changes: Any) -> dict[str, Any]:
    """A CreateTrainingJob request; changes replace members (`ResourceConfig__InstanceCount=2`), None drops them."""
    request: dict[str, Any] = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "InputDataConfig": [channel("train", f"s3://{BUCKET}/in/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    for path, value in changes.items():
        *folders, last = path.split("__")
        place = request
        for folder in folders:
            place = place.setdefault(folder, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return request


def channel(name: str, uri: str, kind: str = "S3Prefix", spread: str | None = None, **more: Any) -> dict[str, Any]:
    source = {"S3DataType": kind, "S3Uri": uri, **({"S3DataDistributionType": spread} if spread else {})}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def start(state: Path, engine: str = "process", **more: Any) -> RunningEmulator:
    return RunningEmulator(state, "--engine", engine, module="tests.emulator.with_fixtures", **more)


def filled(running: RunningEmulator) -> Client:
    made = Client(running)
    made.s3.create_bucket(Bucket=BUCKET)
    made.put("in/a.csv", "1\n2\n")
    made.put("in/more/b.csv", "3\n")
    return made
