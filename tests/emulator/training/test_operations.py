"""Training jobs through the API, as boto3 sees them: the process engine."""

import io
import itertools
import json
import re
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.client import BUCKET, LINES, ROLE, Client, channel, training_request
from tests.waiting import until


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in files.items() if file}


def refused(client: Client, code: str, name: str = "refused", **changes: Any) -> str:
    """The message with which a job is refused; nothing of it may exist afterwards."""
    with pytest.raises(ClientError) as error:
        client.sagemaker.create_training_job(**training_request(name, "program-good", **changes))
    assert error.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match=r"Requested resource not found|validation error"):
        client.sagemaker.describe_training_job(TrainingJobName=name)
    return str(error.value.response["Error"]["Message"])


def test_a_job_that_completes(client: Client) -> None:
    job = client.train(
        "whole",
        "program-good",
        AlgorithmSpecification__MetricDefinitions=[LINES],
        HyperParameters={"suffix": "!"},
        Environment={"COLOUR": "red"},
        Tags=[{"Key": "team", "Value": "a"}],
    )
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert job["TrainingJobArn"] == "arn:aws:sagemaker:us-east-1:123456789012:training-job/whole"
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": f"s3://{BUCKET}/out/whole/output/model.tar.gz"}
    assert json.loads(unpacked(client.get("out/whole/output/model.tar.gz"))["model.json"]) == {
        "lines": 3,
        "suffix": "!",
    }
    environment = json.loads(unpacked(client.get("out/whole/output/output.tar.gz"))["environment.json"])
    assert (environment["COLOUR"], environment["TRAINING_JOB_ARN"]) == ("red", job["TrainingJobArn"])
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("train:lines", 3.0)]
    assert job["HyperParameters"] == {"suffix": "!"}
    assert job["RoleArn"] == ROLE
    assert client.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_channel_whose_uri_holds_two_slashes(client: Client) -> None:
    for key in ("slashes//a.csv", "slashes//more/b.csv", "slashes/c.csv"):
        client.put(key, "1\n")
    uri, output = f"s3://{BUCKET}/slashes//", f"s3://{BUCKET}/out//"
    job = client.train(
        "slashes", "program-good", InputDataConfig=[channel("train", uri)], OutputDataConfig__S3OutputPath=output
    )
    assert job["TrainingJobStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out//slashes/output/model.tar.gz"
    model = unpacked(client.get("out//slashes/output/model.tar.gz"))["model.json"]
    assert json.loads(model)["lines"] == 2


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (("outside/../../../../escaped",), "a name that leads outside the channel: rename that object"),
        (
            ("twice/a", "twice//a"),
            "holds '/a', a name with an empty part, which a file cannot have: rename that object",
        ),
        (("below/a", "below/a/b"), "holds 'a/b' and 'a', a file below a file: rename one"),
    ],
)
def test_keys_that_cannot_be_files(client: Client, keys: tuple[str, ...], reason: str) -> None:
    name = keys[0].split("/", 1)[0]
    for key in keys:
        client.put(key, "1\n")
    job = client.train(name, "program-good", InputDataConfig=[channel("train", f"s3://{BUCKET}/{name}/")])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:")
    assert reason in job["FailureReason"]


def test_the_way_through_the_statuses(client: Client) -> None:
    job = client.train("statuses", "program-good")
    passed = job["SecondaryStatusTransitions"]
    assert [each["Status"] for each in passed] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(each["StatusMessage"] for each in passed)
    for earlier, later in itertools.pairwise(passed):
        assert earlier["StartTime"] <= earlier["EndTime"] == later["StartTime"]
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1


def test_the_log_is_where_aws_puts_it(client: Client) -> None:
    client.train("logged", "program-good")
    (stream,) = client.streams("logged/")
    assert re.fullmatch(r"logged/algo-1-\d{10}", stream)
    assert client.log("logged") == ["epoch=1; train:lines=2;", "epoch=2; train:lines=3;"]


def test_a_container_that_fails_says_why(client: Client) -> None:
    job = client.train("reason", "program-bad_writes_a_reason")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith('AlgorithmError: reviews.csv line 17: the label is "maybe"')
    assert len(job["FailureReason"]) == 1024
    assert "ModelArtifacts" not in job
    assert client.keys("out/reason/") == []


def test_a_container_that_dies_at_its_start(client: Client) -> None:
    job = client.train("dies", "program-bad_exits_without_reason")
    assert job["FailureReason"] == "AlgorithmError: exit code 3; the container wrote no /opt/ml/output/failure"
    assert client.log("dies")[-1] == "KeyError: 'label'"


def test_an_image_without_train(client: Client) -> None:
    job = client.train("no-train", "program-echo")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: CannotStartContainerError: ")
    assert job["FailureReason"].endswith("echo/train cannot be run: No such file or directory")


def test_a_log_of_100_mb(client: Client) -> None:
    job = client.train("long-log", "program-bad_log_of_100_mb", AlgorithmSpecification__MetricDefinitions=[LINES])
    assert job["TrainingJobStatus"] == "Completed"
    assert [each["Value"] for each in job["FinalMetricDataList"]] == [7.0]
    (stream,) = client.streams("long-log/")
    last = client.logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream, limit=1)
    assert last["events"][0]["message"] == "epoch=1; train:lines=7;"


def test_stopping_keeps_what_there_is(client: Client) -> None:
    client.sagemaker.create_training_job(**training_request("stopped", "program-obedient"))
    client.until_logged("stopped", "child")
    client.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = client.ended("stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    passed = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert passed == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert client.log("stopped")[-1] == "stopped"
    assert unpacked(client.get("out/stopped/output/model.tar.gz")) == {"part": b"part\n"}
    with pytest.raises(ClientError, match=r"rejected because the training job is in status Stopped\."):
        client.sagemaker.stop_training_job(TrainingJobName="stopped")


def test_a_job_over_its_time(client: Client) -> None:
    job = client.train("late", "program-obedient", StoppingCondition__MaxRuntimeInSeconds=1)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert unpacked(client.get("out/late/output/model.tar.gz")) == {"part": b"part\n"}


def test_an_uncompressed_model(client: Client) -> None:
    job = client.train("plain", "program-good", OutputDataConfig__CompressionType="NONE")
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out/plain/output/model/"
    assert client.keys("out/plain/") == ["out/plain/output/data/environment.json", "out/plain/output/model/model.json"]


def test_another_entry_point_and_arguments(client: Client) -> None:
    client.train(
        "entry",
        "program-good",
        AlgorithmSpecification__ContainerEntrypoint=["/bin/sh", "-c", 'echo "$0" "$1"; ls /opt/ml/input/data/train'],
        AlgorithmSpecification__ContainerArguments=["zero", "one"],
    )
    assert client.log("entry") == ["zero one", "a.csv", "more"]


def test_checkpoints_come_and_go(client: Client) -> None:
    client.put("checkpoints/old", "old")
    client.put("checkpoints/gone", "gone")
    folder = '$(sed -n \'s/.*"LocalPath": "\\(.*\\)".*/\\1/p\' /opt/ml/input/config/checkpointconfig.json)'
    script = f"cd {folder}; cat old; rm gone; echo new > new; sleep 30"
    client.sagemaker.create_training_job(
        **training_request(
            "checkpoints",
            "program-good",
            AlgorithmSpecification__ContainerEntrypoint=["/bin/sh", "-c", f"trap 'exit 0' TERM; ({script}) & wait"],
            EnableManagedSpotTraining=True,
            StoppingCondition__MaxWaitTimeInSeconds=600,
            CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints"},
        )
    )
    until(lambda: client.keys("checkpoints/"), lambda keys: keys == ["checkpoints/new", "checkpoints/old"])
    client.sagemaker.stop_training_job(TrainingJobName="checkpoints")
    job = client.ended("checkpoints")
    assert job["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints/"
    assert client.log("checkpoints") == ["old"]
    assert client.get("checkpoints/new") == b"new\n"


def test_a_manifest(client: Client) -> None:
    client.put("lists/one.manifest", json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, "more/b.csv"]))
    listed = channel("train", f"s3://{BUCKET}/lists/one.manifest", "ManifestFile")
    client.train("manifest", "program-good", InputDataConfig=[listed])
    assert client.log("manifest") == ["epoch=1; train:lines=1;"]


def test_what_a_manifest_lists_and_is_not_there(client: Client) -> None:
    client.put("lists/bad.manifest", json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, "nothing.csv"]))
    listed = channel("train", f"s3://{BUCKET}/lists/bad.manifest", "ManifestFile")
    job = client.train("bad-manifest", "program-good", InputDataConfig=[listed])
    assert job["FailureReason"] == (
        f"ClientError: Data download failed: NoSuchKey: s3://{BUCKET}/lists/bad.manifest lists "
        f"s3://{BUCKET}/in/nothing.csv, which does not exist"
    )


def test_a_prefix_without_a_slash(client: Client) -> None:
    client.train("prefix", "program-good", InputDataConfig=[channel("train", f"s3://{BUCKET}/in")])
    assert len(client.log("prefix")) == 2


def test_listing(client: Client) -> None:
    for number in range(3):
        client.train(f"listed-{number}", "program-good" if number else "program-bad_exits_without_reason")
    listed = client.sagemaker.list_training_jobs(NameContains="listed-", MaxResults=2)
    assert [job["TrainingJobName"] for job in listed["TrainingJobSummaries"]] == ["listed-0", "listed-1"]
    rest = client.sagemaker.list_training_jobs(NameContains="listed-", MaxResults=2, NextToken=listed["NextToken"])
    assert [job["TrainingJobName"] for job in rest["TrainingJobSummaries"]] == ["listed-2"]
    newest = client.sagemaker.list_training_jobs(NameContains="listed-", SortOrder="Descending", MaxResults=1)
    assert [job["TrainingJobName"] for job in newest["TrainingJobSummaries"]] == ["listed-2"]
    failed = client.sagemaker.list_training_jobs(NameContains="listed-", StatusEquals="Failed")
    assert [job["TrainingJobStatus"] for job in failed["TrainingJobSummaries"]] == ["Failed"]


def test_the_sdks_waiter(client: Client) -> None:
    client.sagemaker.create_training_job(**training_request("waited-for", "program-good"))
    client.sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="waited-for", WaiterConfig={"Delay": 1}
    )


def test_members_that_ask_for_nothing_are_accepted(client: Client) -> None:
    job = client.train(
        "off",
        "program-good",
        EnableInterContainerTrafficEncryption=False,
        ProfilerConfig={"DisableProfiler": True},
        DebugHookConfig={"S3OutputPath": f"s3://{BUCKET}/debug", "CollectionConfigurations": []},
        ResourceConfig__KeepAlivePeriodInSeconds=0,
        InputDataConfig=[channel("train", f"s3://{BUCKET}/in/", CompressionType="None", RecordWrapperType="None")],
    )
    assert job["TrainingJobStatus"] == "Completed"


def test_members_that_change_no_result_are_named_in_the_log(client: Client) -> None:
    job = client.train(
        "unheeded",
        "program-good",
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        OutputDataConfig__KmsKeyId="key",
        ResourceConfig__VolumeKmsKeyId="key",
        EnableInterContainerTrafficEncryption=True,
        ProfilerConfig={"S3OutputPath": f"s3://{BUCKET}/x", "DisableProfiler": False},
        AlgorithmSpecification__EnableSageMakerMetricsTimeSeries=True,
    )
    assert job["TrainingJobStatus"] == "Completed"
    assert job["VpcConfig"]["Subnets"] == ["subnet-1"]
    assert client.log("unheeded")[:5] == [
        "VpcConfig has no effect in the emulator: containers use this machine's network, not the subnets of a VPC",
        "OutputDataConfig.KmsKeyId has no effect in the emulator: what is stored on this disk is not encrypted with a "
        "KMS key",
        "ResourceConfig.VolumeKmsKeyId has no effect in the emulator: what is stored on this disk is not encrypted "
        "with a KMS key",
        "EnableInterContainerTrafficEncryption has no effect in the emulator: containers on this machine exchange data "
        "without encryption",
        "ProfilerConfig.S3OutputPath has no effect in the emulator: system metrics are not written",
    ]


def test_a_name_is_taken_for_ever(client: Client) -> None:
    client.train("taken", "program-bad_exits_without_reason")
    with pytest.raises(client.sagemaker.exceptions.ResourceInUse, match="training job with this name already exists"):
        client.sagemaker.create_training_job(**training_request("taken", "program-good"))


@pytest.mark.parametrize("name", ["a_b", "-a", "a" * 64])
def test_a_name_that_is_none(client: Client, name: str) -> None:
    message = refused(client, "ValidationException", name)
    assert f"Value '{name}' at 'trainingJobName' failed to satisfy constraint" in message


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job"])
def test_an_unknown_job(client: Client, operation: str) -> None:
    with pytest.raises(ClientError, match=r"\(ValidationException\).* Requested resource not found\."):
        getattr(client.sagemaker, operation)(TrainingJobName="unknown")


def test_nothing_in_the_channel(client: Client) -> None:
    message = refused(client, "ValidationException", InputDataConfig=[channel("train", f"s3://{BUCKET}/nowhere/")])
    assert message.startswith(f'No S3 objects found under S3 URL "s3://{BUCKET}/nowhere/" given in input data source.')
    assert ROLE in message


def test_no_bucket_of_the_channel(client: Client) -> None:
    message = refused(client, "ValidationException", InputDataConfig=[channel("train", "s3://no-such-bucket/in")])
    assert message.endswith("the bucket does not exist")


def test_no_bucket_for_the_output(client: Client) -> None:
    message = refused(client, "ValidationException", OutputDataConfig__S3OutputPath="s3://no-such-bucket/out")
    assert message == (
        "S3OutputPath is s3://no-such-bucket/out, but the bucket 'no-such-bucket' does not exist: create it first"
    )


def test_a_missing_channel_is_the_images_to_tell(client: Client) -> None:
    job = client.train("no-channel", "program-good", InputDataConfig=None)
    assert job["TrainingJobStatus"] == "Completed"
    assert client.log("no-channel") == []


def test_no_role_and_no_arn_of_one(client: Client) -> None:
    call = training_request("refused", "program-good", RoleArn="arn:aws:iam::1:role/x")
    with pytest.raises(ClientError, match="at 'roleArn' failed to satisfy constraint"):
        client.sagemaker.create_training_job(**call)


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"EnableNetworkIsolation": True}, "EnableNetworkIsolation with the process engine"),
    ({"ResourceConfig__KeepAlivePeriodInSeconds": 60}, "ResourceConfig.KeepAlivePeriodInSeconds"),
    ({"RetryStrategy": {"MaximumRetryAttempts": 2}}, "RetryStrategy"),
    ({"TensorBoardOutputConfig": {"S3OutputPath": "s3://bucket/x"}}, "TensorBoardOutputConfig"),
    ({"ExperimentConfig": {"TrialName": "x"}}, "ExperimentConfig"),
    ({"AlgorithmSpecification__TrainingInputMode": "Pipe"}, "AlgorithmSpecification.TrainingInputMode Pipe"),
    ({"InputDataConfig": [channel("train", "s3://bucket/in", InputMode="FastFile")]}, "InputDataConfig.InputMode"),
    ({"InputDataConfig": [channel("train", "s3://bucket/in", CompressionType="Gzip")]}, "CompressionType"),
    ({"InputDataConfig": [channel("train", "s3://bucket/in", RecordWrapperType="RecordIO")]}, "RecordWrapperType"),
    ({"InputDataConfig": [channel("train", "s3://bucket/in", ShuffleConfig={"Seed": 1})]}, "ShuffleConfig"),
    ({"InputDataConfig": [channel("train", "s3://bucket/in", "AugmentedManifestFile")]}, "AugmentedManifestFile"),
)


@pytest.mark.parametrize(("changes", "what"), REFUSED, ids=[what for _, what in REFUSED])
def test_what_is_not_supported_is_refused_by_name(client: Client, changes: dict[str, Any], what: str) -> None:
    message = refused(client, "ValidationException", **changes)
    assert what in message
    assert "is not supported by the emulator" in message


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"AlgorithmSpecification__TrainingImage": "no-such-image:1"}, "The image no-such-image:1 does not exist here"),
    ({"AlgorithmSpecification__TrainingImage": "A B"}, "neither a local tag nor the URI of an ECR repository"),
    ({"AlgorithmSpecification__TrainingImage": None}, "has no TrainingImage"),
    ({"AlgorithmSpecification": None}, "AlgorithmSpecification has no TrainingImage"),
    ({"ResourceConfig": None}, "ResourceConfig.InstanceType is missing"),
    ({"InputDataConfig": [channel("a", "s3://bucket/in"), channel("a", "s3://bucket/in")]}, "more than once"),
    ({"InputDataConfig": [channel("a", "https://bucket/in")]}, "give an s3:// URI"),
    ({"StoppingCondition__MaxWaitTimeInSeconds": 600}, "set EnableManagedSpotTraining"),
    ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
    ({"CheckpointConfig": {"S3Uri": "s3://bucket/c", "LocalPath": "/tmp/c"}}, "name a folder below /opt/ml"),
    ({"CheckpointConfig": {"S3Uri": "s3://no-such-bucket/c"}}, "the bucket 'no-such-bucket' does not exist"),
    ({"AlgorithmSpecification__MetricDefinitions": [{"Name": "a", "Regex": "a=("}]}, "regex of metric 'a' is invalid"),
    ({"AlgorithmSpecification__MetricDefinitions": [{"Name": "a", "Regex": "a"}]}, "has no group"),
)


@pytest.mark.parametrize(("changes", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_is_wrong_is_refused(client: Client, changes: dict[str, Any], why: str) -> None:
    assert why in refused(client, "ValidationException", **changes)


def test_what_cannot_be_uploaded_does_not_hide_why_a_job_failed(client: Client) -> None:
    script = 'ln -s /etc/passwd /opt/ml/output/data/link; echo "bad data" > /opt/ml/output/failure; exit 1'
    job = client.train("hidden", "program-shell", Environment={"SCRIPT": script})
    assert job["FailureReason"] == "AlgorithmError: bad data, exit code 1"
    assert client.log("hidden")[-1].startswith("the job's results could not be uploaded: link is a link, and links")


def test_a_link_in_the_model_fails_a_job_that_ended_well(client: Client) -> None:
    job = client.train("link", "program-shell", Environment={"SCRIPT": "ln -s /etc/passwd /opt/ml/model/link"})
    assert job["FailureReason"].startswith(
        "ClientError: Artifact upload failed: link is a link, and links are not followed"
    )
    assert "ModelArtifacts" not in job
