"""Data capture: what InvokeEndpoint leaves in S3, through boto3."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.emulator.hosting.caller import BUCKET, Host
from tests.emulator.hosting.test_models import refused

KINDS = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


def configure(host: Host, name: str, model: str, percent: int, *modes: str, **more: Any) -> None:
    host.s3.create_bucket(Bucket=BUCKET)
    variant = {"VariantName": "all", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    host.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant],
        DataCaptureConfig={
            "InitialSamplingPercentage": percent,
            "DestinationS3Uri": f"s3://{BUCKET}/captured/",
            "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
            **more,
        },
    )


def captured(host: Host, endpoint: str) -> list[dict[str, Any]]:
    """What has been captured of an endpoint, one object a request."""
    listed = host.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"captured/{endpoint}/all/").get("Contents", [])
    day = f"captured/{endpoint}/all/{datetime.now(UTC):%Y/%m/%d}/"
    assert all(entry["Key"].startswith(day) and entry["Key"].endswith(".jsonl") for entry in listed)
    bodies = [host.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in listed]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


@pytest.fixture(scope="module")
def endpoint(host: Host) -> str:
    """An endpoint that captures all requests, and their answers."""
    host.model("captured")
    configure(host, "captured", "captured", 100, "Input", "Output", CaptureContentTypeHeader=KINDS)
    host.sagemaker.create_endpoint(EndpointName="captured", EndpointConfigName="captured")
    assert host.settled("captured")["EndpointStatus"] == "InService"
    return "captured"


def test_a_request_and_its_answer_are_kept_as_aws_keeps_them(host: Host, endpoint: str) -> None:
    answered = host.invoke(endpoint, b"a film", ContentType="text/csv; charset=utf-8", InferenceId="id-7")
    host.invoke(endpoint, b"\xff", ContentType="application/octet-stream")
    events = captured(host, endpoint)
    second, first = sorted(events, key=lambda event: event["captureData"]["endpointInput"]["encoding"])
    asked = first["captureData"]["endpointInput"]
    assert asked == {
        "observedContentType": "text/csv; charset=utf-8", "mode": "INPUT", "data": "a film", "encoding": "CSV"
    }  # fmt: skip
    output = first["captureData"]["endpointOutput"]
    data = output["data"].encode()
    assert (base64.b64decode(data) if output["encoding"] == "BASE64" else data) == answered
    assert (output["mode"], first["eventVersion"], first["eventMetadata"]["inferenceId"]) == ("OUTPUT", "0", "id-7")
    assert datetime.fromisoformat(first["eventMetadata"]["inferenceTime"]).tzinfo is not None
    assert second["captureData"]["endpointInput"]["data"] == base64.b64encode(b"\xff").decode()


def test_what_is_not_drawn_is_not_kept(host: Host, endpoint: str) -> None:
    configure(host, "undrawn", "captured", 0, "Input")
    host.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="undrawn")
    host.settled(endpoint)
    before = len(captured(host, endpoint))
    host.invoke(endpoint, b"a film", ContentType="text/csv")
    assert len(captured(host, endpoint)) == before


def test_a_bucket_that_does_not_exist(host: Host, endpoint: str) -> None:
    with refused("ValidationException", "the bucket 'nowhere-at-all' does not exist"):
        configure(host, "wrong", endpoint, 100, "Input", DestinationS3Uri="s3://nowhere-at-all/x")
