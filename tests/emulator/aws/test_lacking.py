"""Every operation of the services that moto answers, asked for once: what is lacking is refused by name."""

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from emulator.api.shapes import service_model
from emulator.aws.requests import READERS
from emulator.aws.s3requests import SUPPORTED
from tests.emulator.running import RunningEmulator

SERVICES = ("s3", *READERS)
OPERATIONS = [(service, name) for service in SERVICES for name in service_model(service).operation_names]
TEXTS = {"Bucket": "bucket", "Key": "key", "CopySource": "bucket/key", "roleArn": "arn:aws:iam::123456789012:role/r"}
OF_OTHER_SERVICES = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse"})  # botocore signs them for these


def minimal(shape: Shape, name: str = "") -> Any:
    """A value of the shape with no more than it must have."""
    if shape.type_name == "structure":
        members = shape.required_members or (
            list(shape.members)[:1] if getattr(shape, "is_tagged_union", False) else []
        )
        return {member: minimal(shape.members[member], member) for member in members}
    if shape.type_name == "list":
        return [minimal(shape.member, name)] * max(shape.metadata.get("min", 1), 1)
    if shape.type_name == "map":
        return {minimal(shape.key): minimal(shape.value)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else TEXTS.get(name, "a" * max(shape.metadata.get("min", 1), 1))
    values = {"boolean": True, "blob": b"", "timestamp": 1}
    return values.get(shape.type_name, max(1, shape.metadata.get("min", 1)))


@pytest.fixture(scope="module")
def clients(server: RunningEmulator) -> dict[str, Any]:
    """A client of each service that retries as SDKs do by default, and a bucket with an object."""
    made = {
        service: server.client(service, retries={"mode": "legacy"}, inject_host_prefix=False) for service in SERVICES
    }
    made["s3"].create_bucket(Bucket="bucket")
    made["s3"].put_object(Bucket="bucket", Key="key", Body=b"content")
    return made


def outcome(client: Any, operation: OperationModel) -> dict[str, Any]:
    """What is answered: the metadata of a response, and the error if it is one."""
    request = minimal(operation.input_shape) if operation.input_shape else {}
    try:
        answered: dict[str, Any] = getattr(client, xform_name(operation.name))(**request)
    except ClientError as error:
        answered = error.response
    return answered


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_no_operation_is_a_fault_or_retried(clients: dict[str, Any], service: str, name: str) -> None:
    answered = outcome(clients[service], service_model(service).operation_model(name))
    metadata = answered["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] < 500, answered
    assert metadata["RetryAttempts"] == 0, answered
    if "is not supported by the emulator" in answered.get("Error", {}).get("Message", ""):
        assert answered["Error"]["Code"] == "NotImplemented"
        known = f" of the service {service}" if name in OF_OTHER_SERVICES else f"{name} of {service}"
        assert known in answered["Error"]["Message"]


def test_operations_of_sagemaker_that_are_elsewhere(server: RunningEmulator) -> None:
    metrics, store = server.client("sagemaker-metrics"), server.client("sagemaker-featurestore-runtime")
    datum = {"MetricName": "m", "Timestamp": 1, "Step": 1, "Value": 1.0}
    with pytest.raises(ClientError, match=r"NotImplemented.*BatchPutMetrics of SageMaker is not supported"):
        metrics.batch_put_metrics(TrialComponentName="t", MetricData=[datum])
    with pytest.raises(ClientError, match=r"NotImplemented.*: GetRecord of SageMaker is not supported"):
        store.get_record(FeatureGroupName="f", RecordIdentifierValueAsString="1")


def test_what_is_supported_of_s3_is_there() -> None:
    assert set(service_model("s3").operation_names) >= SUPPORTED
