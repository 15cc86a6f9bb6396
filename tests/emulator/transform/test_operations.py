"""Transform jobs on real processes, from S3 to S3, through boto3."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.hosting.caller import BUCKET, Host
from tests.emulator.hosting.test_models import refused
from tests.emulator.running import processes_of
from tests.waiting import until

ARN = "arn:aws:sagemaker:us-east-1:123456789012:transform-job"
SINGLE = {"SplitType": "Line"}


class Transforms:
    """A caller who puts objects, transforms them and looks at what came out."""

    def __init__(self, host: Host):
        self.host = host
        host.s3.create_bucket(Bucket=BUCKET)

    def put(self, name: str, objects: dict[str, bytes]) -> None:
        for key, content in objects.items():
            self.host.s3.put_object(Bucket=BUCKET, Key=f"{name}/in/{key}", Body=content)

    def start(self, name: str, model: str, *, kind: str = "S3Prefix", uri: str = "", **request: Any) -> str:
        """CreateTransformJob from <name>/in/ to <name>/out; members of both ends are put where they belong."""
        given = {
            member: request.pop(member)
            for member in ("ContentType", "CompressionType", "SplitType")
            if member in request
        }
        kept = {member: request.pop(member) for member in ("Accept", "AssembleWith") if member in request}
        arn: str = self.host.sagemaker.create_transform_job(
            **{
                "TransformJobName": name,
                "ModelName": model,
                "TransformInput": {
                    "DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": uri or f"s3://{BUCKET}/{name}/in/"}},
                    **given,
                },
                "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/{name}/out", **kept},
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                **request,
            }
        )["TransformJobArn"]
        return arn

    def ended(self, name: str) -> dict[str, Any]:
        return until(
            lambda: self.host.sagemaker.describe_transform_job(TransformJobName=name),
            lambda described: described["TransformJobStatus"] not in ("InProgress", "Stopping"),
        )

    def run(self, name: str, model: str, objects: dict[str, bytes], **request: Any) -> dict[str, Any]:
        self.put(name, objects)
        self.start(name, model, **request)
        return self.ended(name)

    def outputs(self, name: str) -> dict[str, bytes]:
        listed = self.host.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/out/").get("Contents", [])
        return {
            each["Key"].removeprefix(f"{name}/out/"): self.host.s3.get_object(Bucket=BUCKET, Key=each["Key"])[
                "Body"
            ].read()
            for each in listed
        }

    def bodies(self, name: str) -> list[str]:
        """What the `echo` program printed of each request, in order."""
        log = self.host.log("/aws/sagemaker/TransformJobs", "")
        return [line for line in log.splitlines() if " bytes " in line]


@pytest.fixture(scope="module")
def transforms(host: Host) -> Transforms:
    """A caller with the models `echo` and `late`."""
    made = Transforms(host)
    host.model("echo")
    return made


def test_a_job_from_s3_to_s3(transforms: Transforms, model: Path) -> None:
    host = transforms.host
    host.model("upper", "program-good", model)
    transforms.put("whole", {"a.csv": b"x\ny\n", "sub/b.csv": b"z", "folder/": b""})
    arn = transforms.start(
        "whole", "upper", ContentType="text/csv", SplitType="Line", AssembleWith="Line", Accept="text/csv",
        Tags=[{"Key": "team", "Value": "text"}], Environment={"MORE": "1"},
    )  # fmt: skip
    assert arn == f"{ARN}/whole"
    assert host.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "text"}]
    described = transforms.ended("whole")
    assert described["TransformJobStatus"] == "Completed"
    assert described["CreationTime"] <= described["TransformStartTime"] <= described["TransformEndTime"]
    assert described["ModelName"] == "upper"
    assert described["TransformInput"]["SplitType"] == "Line"
    assert described["TransformOutput"]["S3OutputPath"] == f"s3://{BUCKET}/whole/out"
    assert described["Environment"] == {"MORE": "1"}
    assert "FailureReason" not in described
    assert transforms.outputs("whole") == {"a.csv.out": b"X!\nY!\n", "sub/b.csv.out": b"Z!\n"}
    streams = host.logs.describe_log_streams(logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix="whole/")
    assert len(streams["logStreams"]) == 1
    (summary,) = host.sagemaker.list_transform_jobs(NameContains="whole", StatusEquals="Completed")[
        "TransformJobSummaries"
    ]
    assert (summary["TransformJobName"], summary["TransformJobStatus"]) == ("whole", "Completed")
    assert not processes_of(host.running.state)


def test_places_with_two_slashes(transforms: Transforms) -> None:
    transforms.put("double", {"/a.csv": b"x", "b.csv": b"y"})
    out = {"S3OutputPath": f"s3://{BUCKET}/double/out//", "Accept": "text/csv"}
    transforms.start("double", "echo", uri=f"s3://{BUCKET}/double/in//", ContentType="text/csv", TransformOutput=out)
    assert transforms.ended("double")["TransformJobStatus"] == "Completed"
    assert list(transforms.outputs("double")) == ["/a.csv.out"]


def test_one_object_alone(transforms: Transforms) -> None:
    transforms.put("alone", {"a.csv": b"x", "a.csv.old": b"y"})
    transforms.start("alone", "echo", uri=f"s3://{BUCKET}/alone/in/a.csv")
    assert transforms.ended("alone")["TransformJobStatus"] == "Completed"
    assert transforms.outputs("alone")["a.csv.out"] == b"x"


def test_a_manifest_names_the_objects(transforms: Transforms) -> None:
    transforms.put("listed", {"a.csv": b"x", "b.csv": b"y", "c.csv": b"z"})
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/listed/in/"}, "a.csv", "c.csv"]).encode()
    transforms.host.s3.put_object(Bucket=BUCKET, Key="listed/manifest", Body=manifest)
    transforms.start("listed", "echo", kind="ManifestFile", uri=f"s3://{BUCKET}/listed/manifest")
    assert transforms.ended("listed")["TransformJobStatus"] == "Completed"
    assert transforms.outputs("listed") == {"a.csv.out": b"x", "c.csv.out": b"z"}
    transforms.host.s3.delete_object(Bucket=BUCKET, Key="listed/in/c.csv")
    transforms.start("unlisted", "echo", kind="ManifestFile", uri=f"s3://{BUCKET}/listed/manifest")
    assert "lists s3://hosting/listed/in/c.csv, which does not exist" in transforms.ended("unlisted")["FailureReason"]


@pytest.mark.parametrize("split", ["None", "Line"])
def test_compressed_objects_are_decompressed(transforms: Transforms, split: str) -> None:
    name = f"gzip-{split.lower()}"
    objects = {"a.csv.gz": gzip.compress(b"x\ny\n"), "bad.gz": b"x\ny\n"}
    described = transforms.run(name, "echo", objects, CompressionType="Gzip", SplitType=split)
    assert described["TransformJobStatus"] == "Failed"
    assert (
        "1 of 2 input objects failed; bad.gz: CompressionType is Gzip, but the object is not a complete gzip file"
        in (described["FailureReason"])
    )
    assert transforms.outputs(name) == {"a.csv.gz.out": b"x\ny\n"}


def test_compressed_without_a_limit(transforms: Transforms) -> None:
    content = b"x" * 7_000_000
    described = transforms.run(
        "gzip-unlimited", "echo", {"a": gzip.compress(content)}, CompressionType="Gzip", MaxPayloadInMB=0
    )
    assert described["TransformJobStatus"] == "Completed"
    assert transforms.outputs("gzip-unlimited") == {"a.out": content}


def test_what_unpacks_to_more_than_the_limit_is_refused(transforms: Transforms) -> None:
    described = transforms.run(
        "bomb", "echo", {"a": gzip.compress(bytes(2_000_000))}, CompressionType="Gzip", MaxPayloadInMB=1
    )
    assert "the object has more than 1,048,576 bytes" in described["FailureReason"]


def test_the_job_says_how_it_is_cut(transforms: Transforms) -> None:
    transforms.run(
        "cut", "echo", {"a": b"1\n2\n"}, SplitType="Line", BatchStrategy="SingleRecord", MaxConcurrentTransforms=2,
        MaxPayloadInMB=1, ModelClientConfig={"InvocationsTimeoutInSeconds": 5, "InvocationsMaxRetries": 0},
    )  # fmt: skip
    streams = transforms.host.logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix="cut/"
    )["logStreams"]
    events = transforms.host.logs.get_log_events(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamName=streams[0]["logStreamName"], startFromHead=True
    )["events"]
    assert sum("2 bytes" in event["message"] for event in events) == 2
    assert transforms.outputs("cut") == {"a.out": b"1\n2\n"}


@pytest.mark.parametrize(
    ("kind", "objects", "processing", "outputs"),
    [
        ("text/csv", b"7,a,b\n8,c,d\n", {"InputFilter": "$[1:]"}, b"a,b\nc,d\n"),
        ("text/csv", b"7,a,b\n8,c,d", {"InputFilter": "$[1:]", "JoinSource": "Input"}, b"7,a,b,a,b\n8,c,d,c,d\n"),
        (
            "text/csv",
            b'7,"a, b"\n8,"say ""x"""\n',
            {"InputFilter": "$[1]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
            b'7,"a, b"\n8,"say ""x"""\n',
        ),
        ("text/csv", b"7,a\n", {"JoinSource": "Input", "OutputFilter": "$[0, 2:]"}, b"7,7,a\n"),
        (
            "application/jsonlines",
            '{"id": 7, "features": {"text": "schön"}}\n'.encode(),
            {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"},
            '{"id": 7, "SageMakerOutput": {"text": "schön"}}\n'.encode(),
        ),
        (
            "application/jsonlines",
            b'{"id": 7}\n[1, 2]\n',
            {"JoinSource": "Input"},
            b'{"id": 7, "SageMakerOutput": {"id": 7}}\n{"SageMakerInput": [1, 2], "SageMakerOutput": [1, 2]}\n',
        ),
        ("application/json", b'{"a": {"b": [1, 2]}}\n', {"OutputFilter": "$.a.b[0]"}, b"1\n"),
    ],
)
def test_data_processing(
    transforms: Transforms, kind: str, objects: bytes, processing: dict[str, str], outputs: bytes
) -> None:
    name = f"processed-{abs(hash((kind, objects, str(processing))))}"
    described = transforms.run(
        name, "echo", {"a": objects}, ContentType=f"{kind}; charset=utf-8", Accept=kind, SplitType="Line",
        AssembleWith="Line", DataProcessing=processing,
    )  # fmt: skip
    assert described["TransformJobStatus"] == "Completed", described
    assert transforms.outputs(name) == {"a.out": outputs}


def test_a_record_that_a_filter_cannot_read_fails_its_object(transforms: Transforms) -> None:
    objects = {"a": b'{"x": 1}\n', "b": b'{"y": 1}\n', "c": b"{\n"}
    described = transforms.run(
        "unreadable", "echo", objects, ContentType="application/jsonlines", Accept="application/jsonlines",
        SplitType="Line", AssembleWith="Line", DataProcessing={"InputFilter": "$.x"},
    )  # fmt: skip
    assert described["FailureReason"].startswith(
        "AlgorithmError: 2 of 3 input objects failed; b: $.x selects nothing from {'y': 1}"
    )
    assert transforms.outputs("unreadable") == {"a.out": b"1\n"}
    assert "c: the record b'{\\n' is not application/jsonlines" in transforms.host.log(
        "/aws/sagemaker/TransformJobs", "is not application/jsonlines"
    )


def test_a_join_needs_an_answer_for_each_record(transforms: Transforms, model: Path) -> None:
    transforms.host.model("drops", "program-good", model)
    described = transforms.run(
        "dropped", "drops", {"a": b"1\r2\n"}, ContentType="text/csv", Accept="text/csv", SplitType="Line",
        AssembleWith="Line", DataProcessing={"JoinSource": "Input"},
    )  # fmt: skip
    assert "the container answered 2 lines for 1 records" in described["FailureReason"]


def test_one_failure_leaves_that_object_out(transforms: Transforms) -> None:
    described = transforms.run("partly", "echo", {"a": b"1\n", "b": b"bad\n"}, SplitType="Line")
    assert described["TransformJobStatus"] == "Failed"
    assert described["FailureReason"] == (
        "AlgorithmError: 1 of 2 input objects failed; b: the container answered 400: record 1 is bad"
    )
    assert transforms.outputs("partly") == {"a.out": b"1\n"}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("bad_dies_at_start", "AlgorithmError: the container of dead-bad-dies-at-start ended with exit code 4"),
        ("bad_dies_at_first_request", "the container ended with exit code 139"),
    ],
)
def test_a_container_that_dies(transforms: Transforms, program: str, reason: str) -> None:
    name = f"dead-{program.replace('_', '-')}"
    transforms.host.model(name, f"program-{program}")
    described = transforms.run(name, name, {"a": b"1"})
    assert described["TransformJobStatus"] == "Failed"
    assert reason in described["FailureReason"]
    assert transforms.outputs(name) == {}


def test_model_data_or_input_or_bucket_that_have_gone(transforms: Transforms, model: Path) -> None:
    host = transforms.host
    host.model("gone", "program-good", model)
    host.s3.delete_object(Bucket=BUCKET, Key="gone/model.tar.gz")
    assert (
        "ClientError: Failed to download model data from s3://hosting/gone/model.tar.gz"
        in (transforms.run("gone-model", "gone", {"a": b"1"})["FailureReason"])
    )
    with refused("ValidationException", 'No S3 objects found under S3 URL "s3://hosting/nothing/in/"'):
        transforms.start("nothing", "echo")
    transforms.put("nowhere", {"a": b"1"})
    with refused("ValidationException", "but the bucket 'no-such-bucket' does not exist: create it first"):
        transforms.start("nowhere", "echo", TransformOutput={"S3OutputPath": "s3://no-such-bucket/out"})


def test_names(transforms: Transforms) -> None:
    transforms.run("taken", "echo", {"a": b"1"})
    with refused("ResourceInUse", f"a job with this name already exists ({ARN}/taken)"):
        transforms.start("taken", "echo")
    with refused("ValidationException", "at 'transformJobName' failed to satisfy constraint"):
        transforms.start("a_b", "echo")
    with refused(
        "ValidationException", 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'
    ):
        transforms.start("other", "nobody")
    for call in (
        transforms.host.sagemaker.describe_transform_job,
        transforms.host.sagemaker.stop_transform_job,
    ):
        with refused("ValidationException", "Requested resource not found."):
            call(TransformJobName="nobody")
    with refused("ValidationException", "The request was rejected because the transform job is in status Completed."):
        transforms.host.sagemaker.stop_transform_job(TransformJobName="taken")


CSV = {"ContentType": "text/csv", "Accept": "text/csv", "SplitType": "Line", "AssembleWith": "Line"}
WHERE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"SplitType": "RecordIO"}, "SplitType RecordIO is not supported by the emulator: use None or Line"),
        ({"SplitType": "TFRecord"}, "SplitType TFRecord is not supported by the emulator"),
        ({"kind": "AugmentedManifestFile"}, "S3DataType AugmentedManifestFile is not supported by the emulator"),
        ({"TransformResources": {**WHERE, "InstanceCount": 2}}, "An InstanceCount above 1 is not supported"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://hosting/o"}}, "DataCaptureConfig"),
        ({"ExperimentConfig": {"RunName": "r"}}, "ExperimentConfig"),
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB is 101: use 0 to 100"),
        ({"MaxPayloadInMB": 0, "SplitType": "Line"}, "MaxPayloadInMB 0, no limit, requires SplitType None"),
        (
            {"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2},
            "MaxConcurrentTransforms x MaxPayloadInMB may not exceed",
        ),
        ({**CSV, "DataProcessing": {"InputFilter": "$[1:3]"}}, "the filter $[1:3] cannot be used"),
        ({**CSV, "DataProcessing": {"InputFilter": "x"}}, "the filter x cannot be used: it must begin with $"),
        ({**CSV, "Accept": "text/plain", "DataProcessing": {"JoinSource": "Input"}}, "the same one of text/csv"),
        (
            {**CSV, "SplitType": "None", "DataProcessing": {"JoinSource": "Input"}},
            "SplitType Line and AssembleWith Line",
        ),
    ],
)
def test_a_job_that_cannot_be(transforms: Transforms, request_: dict[str, Any], message: str) -> None:
    transforms.put("wrong", {"a": b"1"})
    with refused("ValidationException", message):
        transforms.start("wrong", "echo", **request_)


def test_a_model_of_plain_files_is_for_endpoints_only(transforms: Transforms) -> None:
    transforms.put("plain", {"model": b""})
    source = {"S3DataType": "S3Prefix", "CompressionType": "None", "S3Uri": f"s3://{BUCKET}/plain/in/"}
    transforms.host.model("plain", ModelDataSource={"S3DataSource": source})
    with refused("ValidationException", "A model of ModelDataSource cannot be used in batch transform"):
        transforms.start("plain", "plain")


@pytest.mark.parametrize("program", ["bad_slow_answer", "bad_never_ready"])
def test_a_job_that_is_stopped_keeps_nothing(transforms: Transforms, program: str) -> None:
    host, name = transforms.host, f"stopped-{program.replace('_', '-')}"
    host.model(name, f"program-{program}")
    transforms.put(name, {"a": b"1", "b": b"2"})
    transforms.start(name, name)
    until(lambda: processes_of(host.running.state))
    host.sagemaker.stop_transform_job(TransformJobName=name)
    host.sagemaker.stop_transform_job(TransformJobName=name)
    described = transforms.ended(name)
    assert described["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in described
    assert transforms.outputs(name) == {}
    assert not processes_of(host.running.state)


@pytest.mark.parametrize("end", ["kill", "end"])
def test_a_job_caught_by_the_end_of_the_emulator_has_failed(hosts: Callable[..., Host], end: str) -> None:
    host = hosts()
    transforms = Transforms(host)
    host.model("slow", "program-bad_slow_answer")
    transforms.put("caught", {"a": b"1", "b": b"2"})
    transforms.start("caught", "slow", MaxConcurrentTransforms=1)
    until(lambda: processes_of(host.running.state))
    getattr(host.running, end)()
    host.running.start()
    host.connect()
    described = transforms.ended("caught")
    assert described["TransformJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("InternalServerError: the emulator ended before the job did")
    assert transforms.outputs("caught") == {}
    assert not processes_of(host.running.state)
