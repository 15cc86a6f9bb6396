"""Processing jobs through the API: real processes on /opt/ml/processing, from S3 to S3."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import waiting
from tests.emulator.client import BUCKET, ROLE, Client

GROUP = "/aws/sagemaker/ProcessingJobs"
SHELL = ["/bin/sh", "-c"]


def source(name: str, uri: str = f"s3://{BUCKET}/in/", **changes: Any) -> dict[str, Any]:
    """An input in /opt/ml/processing/NAME, with what SDKs send that asks for nothing."""
    asked = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    asked |= {"S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}
    return {"InputName": name, "AppManaged": False, "S3Input": asked | changes}


def result(name: str, uri: str, **changes: Any) -> dict[str, Any]:
    asked = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "AppManaged": False, "S3Output": asked | changes}


def processing_request(
    name: str, script: str = "exit 0", image: str = "program-good", **changes: Any
) -> dict[str, Any]:
    """A job that runs `script`; `changes` replace members, None drops them."""
    request = {
        "ProcessingJobName": name,
        "ProcessingInputs": [source("input")],
        "ProcessingOutputConfig": {"Outputs": [result("out", f"s3://{BUCKET}/{name}/")]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": SHELL, "ContainerArguments": [script]},
        "RoleArn": ROLE,
    } | changes
    return {member: value for member, value in request.items() if value is not None}


def process(client: Client, name: str, script: str = "exit 0", **changes: Any) -> dict[str, Any]:
    client.sagemaker.create_processing_job(**processing_request(name, script, **changes))
    return until(client, name, lambda job: job["ProcessingJobStatus"] not in ("InProgress", "Stopping"))


def until(client: Client, name: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    return waiting.until(lambda: client.sagemaker.describe_processing_job(ProcessingJobName=name), reached)


def log(client: Client, name: str, host: str = "algo-1") -> list[str]:
    try:
        found = client.logs.filter_log_events(logGroupName=GROUP)["events"]
    except client.logs.exceptions.ResourceNotFoundException:
        return []
    return [each["message"] for each in found if each["logStreamName"].startswith(f"{name}/{host}-")]


def test_a_job_from_s3_to_s3(client: Client) -> None:
    script = (
        "cd /opt/ml/processing; cat input/a.csv input/more/b.csv > out/all.csv; mkdir out/sub; echo $WHO > out/sub/who;"
        "cp /opt/ml/config/*.json out/; echo said; echo all is well > /opt/ml/output/message"
    )
    tags = [{"Key": "team", "Value": "a"}]
    job = process(client, "whole", script, Environment={"WHO": "me"}, Tags=tags)
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ExitMessage"] == "all is well"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert "FailureReason" not in job
    assert client.get("whole/all.csv") == b"1\n2\n3\n"
    assert client.get("whole/sub/who") == b"me\n"
    assert log(client, "whole") == ["said"]
    config = json.loads(client.get("whole/processingjobconfig.json"))
    assert config["ProcessingJobArn"] == job["ProcessingJobArn"]
    assert config["AppSpecification"]["ContainerEntrypoint"] == SHELL
    assert config["ProcessingInputs"][0]["S3Input"]["LocalPath"] == "/opt/ml/processing/input"
    resources = json.loads(client.get("whole/resourceconfig.json"))
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert client.sagemaker.list_tags(ResourceArn=job["ProcessingJobArn"])["Tags"] == tags


def test_one_object_and_a_manifest_are_inputs(client: Client) -> None:
    client.put("manifest.json", json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, "more/b.csv"]))
    inputs = [
        source("single", f"s3://{BUCKET}/in/a.csv"),
        source("listed", f"s3://{BUCKET}/manifest.json", S3DataType="ManifestFile"),
    ]
    job = process(client, "inputs", "cd /opt/ml/processing; find single listed -type f | sort", ProcessingInputs=inputs)
    assert job["ProcessingJobStatus"] == "Completed"
    assert log(client, "inputs") == ["listed/more/b.csv", "single/a.csv"]


def test_a_program_of_this_repositorys_image_runs_in_its_environment(client: Client) -> None:
    client.put("code/job.py", "import sys, xgboost; open(sys.argv[1] + '/v', 'w').write(xgboost.__name__)")
    program = {
        "ImageUri": "xgboost-sentiment:dev",
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/job.py"],
        "ContainerArguments": ["/opt/ml/processing/out"],
    }
    job = process(
        client, "program", AppSpecification=program, ProcessingInputs=[source("code", f"s3://{BUCKET}/code/")]
    )
    assert job["ProcessingJobStatus"] == "Completed", log(client, "program")
    assert client.get("program/v") == b"xgboost"


def test_a_job_that_fails_says_why_and_leaves_no_output(client: Client) -> None:
    job = process(
        client, "broken", "echo half > /opt/ml/processing/out/x; echo no columns > /opt/ml/output/message; exit 3"
    )
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Failed", "no columns")
    assert job["FailureReason"] == "AlgorithmError: no columns, exit code 3"
    assert client.keys("broken/") == []
    job = process(client, "silent", "exit 4")
    assert job["FailureReason"] == "AlgorithmError: exit code 4; the container wrote no /opt/ml/output/message"
    job = process(client, "link", "ln -s /etc/passwd /opt/ml/processing/out/passwd")
    assert job["FailureReason"].startswith("ClientError: passwd is a link")


def test_stopping(client: Client) -> None:
    script = "trap 'exit 0' TERM; echo ready; sleep 60 & wait"
    client.sagemaker.create_processing_job(**processing_request("stopped", script))
    until(client, "stopped", lambda _: "ready" in log(client, "stopped"))
    client.sagemaker.stop_processing_job(ProcessingJobName="stopped")
    job = until(client, "stopped", lambda job: job["ProcessingJobStatus"] not in ("InProgress", "Stopping"))
    assert job["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match=r"rejected because the processing job is in status Stopped\."):
        client.sagemaker.stop_processing_job(ProcessingJobName="stopped")
    short = process(client, "short", script, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert short["ProcessingJobStatus"] == "Stopped"
    found = client.sagemaker.list_processing_jobs(StatusEquals="Stopped", SortBy="Name")["ProcessingJobSummaries"]
    assert [each["ProcessingJobName"] for each in found] == ["short", "stopped"]


def test_a_job_caught_in_the_middle(mortal: Client) -> None:
    mortal.sagemaker.create_processing_job(**processing_request("killed", "echo ready; sleep 60"))
    until(mortal, "killed", lambda _: "ready" in log(mortal, "killed"))
    mortal.running.kill()
    mortal.running.start()
    job = until(Client(mortal.running), "killed", lambda job: True)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: the emulator ended before the job did")


def test_what_changes_no_result_is_in_the_log(client: Client) -> None:
    network = {
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    job = process(client, "noted", NetworkConfig=network)
    assert job["ProcessingJobStatus"] == "Completed"
    assert log(client, "noted") == [
        "NetworkConfig.VpcConfig has no effect in the emulator: containers use this machine's network, not the subnets "
        "of a VPC",
        "NetworkConfig.EnableInterContainerTrafficEncryption has no effect in the emulator: containers on this machine "
        "exchange data without encryption",
    ]


CLUSTER = {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"ProcessingInputs": [source("a", S3InputMode="Pipe")]}, "S3InputMode Pipe (input a) is not supported"),
    ({"ProcessingInputs": [source("a", S3CompressionType="Gzip")]}, "which is for S3InputMode Pipe"),
    ({"ProcessingInputs": [source("a", LocalPath="/data")]}, "is '/data': name a folder below /opt/ml/processing"),
    ({"ProcessingInputs": [source("a"), source("a")]}, "a names more than one input or output"),
    ({"ProcessingInputs": [source("a", f"s3://{BUCKET}/none/")]}, "No S3 objects found under S3 URL"),
    ({"ProcessingInputs": [{"InputName": "a"}]}, "The input a without an S3Input"),
    (
        {"ProcessingOutputConfig": {"Outputs": [result("o", f"s3://{BUCKET}/o", S3UploadMode="Continuous")]}},
        "S3UploadMode Continuous (output o) is not supported",
    ),
    ({"ProcessingOutputConfig": {"Outputs": [result("o", "s3://no-bucket/o")]}}, "'no-bucket' does not exist"),
    (
        {"ProcessingResources": {"ClusterConfig": {**CLUSTER, "InstanceCount": 2}}},
        "InstanceCount above 1 with the process",
    ),
    ({"NetworkConfig": {"EnableNetworkIsolation": True}}, "EnableNetworkIsolation with the process engine"),
    ({"ExperimentConfig": {"TrialName": "t"}}, "ExperimentConfig is not supported"),
)


@pytest.mark.parametrize(("changes", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_is_wrong_is_refused(client: Client, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=re.escape(why)) as error:
        client.sagemaker.create_processing_job(**processing_request("refused", **changes))
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_an_image_without_an_entry_point_needs_docker(client: Client) -> None:
    job = process(client, "without", AppSpecification={"ImageUri": "program-good"})
    assert job["FailureReason"].endswith("the image's own is for the docker engine: set ContainerEntrypoint")
