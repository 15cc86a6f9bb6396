"""Spot jobs whose hosts are taken away, and come back on their checkpoints: the process engine."""

from typing import Any

import pytest

from tests.emulator.client import BUCKET, Client, training_request

# Each attempt leaves a checkpoint of its own, after what it says of those that it finds; the second completes.
SCRIPT = """
cd /opt/ml/checkpoints
ls | tr '\\n' ' ' | sed 's/^/found: /'; echo
[ -e first ] && { echo done > /opt/ml/model/m; exit 0; }
trap 'echo asked > asked; exit 0' TERM
echo 1 > first
while :; do sleep 0.1; done
"""


def start(client: Client, name: str, **changes: Any) -> str:
    """Start a spot job, and wait for its first checkpoint in S3."""
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition__MaxWaitTimeInSeconds": 600,
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{name}"},
        "AlgorithmSpecification__ContainerEntrypoint": ["/bin/sh", "-c", SCRIPT],
    }
    arn: str = client.sagemaker.create_training_job(**training_request(name, "program-good", **spot | changes))[
        "TrainingJobArn"
    ]
    client.until(name, lambda _: client.keys(f"{name}/") != [])
    return arn


def interrupt(client: Client, arn: str, how: str) -> None:
    client.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "emulator:interrupt", "Value": how}])


@pytest.mark.parametrize(("how", "found"), [("SIGTERM", "found: asked first "), ("SIGKILL algo-1", "found: first ")])
def test_a_host_that_is_taken_away(client: Client, how: str, found: str) -> None:
    name = how.lower().replace(" ", "-")
    interrupt(client, start(client, name), how)
    job = client.ended(name)
    assert job["TrainingJobStatus"] == "Completed"
    passed = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert passed == [
        "Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading",
        "Completed",
    ]  # fmt: skip
    assert client.log(name) == ["found: ", found]
    assert client.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == []
    assert 0 < job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"] or job["TrainingTimeInSeconds"] == 1


def test_a_tag_that_asks_for_nothing(client: Client) -> None:
    arn = start(client, "unknown-signal")
    interrupt(client, arn, "SIGKILL algo-7")
    client.until_logged("unknown-signal", "expected one of SIGTERM, SIGKILL, and perhaps algo-1")
    interrupt(client, arn, "SIGKILL")
    assert client.ended("unknown-signal")["TrainingJobStatus"] == "Completed"


def test_the_time_for_waiting_and_training_is_limited(client: Client) -> None:
    stays = SCRIPT.replace("[ -e first ]", "[ -e none ]")
    arn = start(
        client, "waits", AlgorithmSpecification__ContainerEntrypoint=["/bin/sh", "-c", stays],
        StoppingCondition__MaxWaitTimeInSeconds=3, StoppingCondition__MaxRuntimeInSeconds=3,
    )  # fmt: skip
    interrupt(client, arn, "SIGKILL")
    job = client.ended("waits")
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] in ("MaxWaitTimeExceeded", "MaxRuntimeExceeded")


def test_a_job_that_is_not_a_spot_job_keeps_its_hosts(client: Client) -> None:
    on_demand = {"EnableManagedSpotTraining": False, "StoppingCondition__MaxWaitTimeInSeconds": None}
    arn = start(client, "on-demand", **on_demand)
    interrupt(client, arn, "SIGKILL")
    client.sagemaker.stop_training_job(TrainingJobName="on-demand")
    job = client.ended("on-demand")
    assert "Interrupted" not in [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]
