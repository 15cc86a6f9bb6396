"""Spot jobs whose hosts are taken away, and come back on their checkpoints: the process engine."""

from typing import Any

import pytest

from tests.emulator.client import BUCKET, Client, training_request

# Each attempt says what checkpoints it finds; the first leaves one, and another when it is asked to end.
SCRIPT = (
    "cd /opt/ml/checkpoints; echo found: $(ls); [ -e first ] && exit 0; trap 'echo 1 > asked; exit' TERM; "
    "echo 1 > first; while :; do sleep 0.1; done"
)
SPOT = {"EnableManagedSpotTraining": True, "StoppingCondition__MaxWaitTimeInSeconds": 600}


def start(client: Client, name: str, script: str = SCRIPT, **changes: Any) -> str:
    """Start a job, and wait for its first checkpoint in S3."""
    kept = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{name}"}}
    changes |= {"AlgorithmSpecification__ContainerEntrypoint": ["/bin/sh", "-c", script]}
    request = training_request(name, "program-good", **kept, **changes)
    arn: str = client.sagemaker.create_training_job(**request)["TrainingJobArn"]
    client.until(name, lambda _: client.keys(f"{name}/") != [])
    return arn


def interrupt(client: Client, arn: str, how: str) -> None:
    client.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "emulator:interrupt", "Value": how}])


@pytest.mark.parametrize(("how", "found"), [("SIGTERM", "found: asked first"), ("SIGKILL algo-1", "found: first")])
def test_a_host_that_is_taken_away(client: Client, how: str, found: str) -> None:
    name = how.lower().replace(" ", "-")
    interrupt(client, start(client, name, **SPOT), how)
    job = client.ended(name)
    assert job["TrainingJobStatus"] == "Completed"
    passed = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert passed == [
        "Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading",
        "Completed",
    ]  # fmt: skip
    assert client.log(name) == ["found:", found]
    assert client.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == []
    assert 0 < job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"] or job["TrainingTimeInSeconds"] == 1


def test_a_tag_that_asks_for_nothing(client: Client) -> None:
    arn = start(client, "unknown-signal", **SPOT)
    interrupt(client, arn, "SIGKILL algo-7")
    client.until_logged("unknown-signal", "expected one of SIGTERM, SIGKILL, and perhaps algo-1")
    interrupt(client, arn, "SIGKILL")
    assert client.ended("unknown-signal")["TrainingJobStatus"] == "Completed"


def test_the_time_for_waiting_and_training_is_limited(client: Client) -> None:
    limits = {"StoppingCondition__MaxWaitTimeInSeconds": 3, "StoppingCondition__MaxRuntimeInSeconds": 3}
    arn = start(client, "waits", SCRIPT.replace("[ -e first ]", "[ -e none ]"), **SPOT | limits)
    interrupt(client, arn, "SIGKILL")
    job = client.ended("waits")
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] in ("MaxWaitTimeExceeded", "MaxRuntimeExceeded")


def test_a_job_that_is_not_a_spot_job_keeps_its_hosts(client: Client) -> None:
    arn = start(client, "on-demand")
    interrupt(client, arn, "SIGKILL")
    client.sagemaker.stop_training_job(TrainingJobName="on-demand")
    job = client.ended("on-demand")
    assert "Interrupted" not in [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]
