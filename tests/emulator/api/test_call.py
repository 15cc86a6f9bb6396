import pytest

from emulator.api import call
from emulator.api.call import Call

HEADER = "AWS4-HMAC-SHA256 Credential=local/20261125/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0"
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=local%2F20261125%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=0"
)


@pytest.mark.parametrize(
    ("environ", "region", "service"),
    [
        ({"HTTP_AUTHORIZATION": HEADER}, "eu-west-1", "sagemaker"),
        ({"HTTP_AUTHORIZATION": HEADER.replace("local/", "/")}, "eu-west-1", "sagemaker"),
        ({"QUERY_STRING": QUERY}, "eu-west-1", "s3"),
        ({"QUERY_STRING": "AWSAccessKeyId=local&Signature=x&Expires=1"}, "us-east-1", "s3"),
        ({"HTTP_AUTHORIZATION": "AWS local:signature"}, "us-east-1", "s3"),
        ({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=half/2026"}, "us-east-1", "s3"),
        ({"HTTP_X_AMZ_TARGET": "SageMaker.ListModels"}, "us-east-1", "sagemaker"),
        ({}, "us-east-1", "s3"),
    ],
)
def test_region_and_service(environ: dict[str, str], region: str, service: str) -> None:
    found = call.of(environ)
    assert (found.region, found.service) == (region, service)


def test_every_call_has_its_own_id() -> None:
    assert len({Call().request_id for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns(region: str, partition: str) -> None:
    assert Call(region).arn("model", "m") == f"arn:{partition}:sagemaker:{region}:123456789012:model/m"
