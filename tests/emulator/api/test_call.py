import pytest

from emulator.api.call import Call


def test_every_call_has_its_own_id() -> None:
    assert len({Call().request_id for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns(region: str, partition: str) -> None:
    assert Call(region).arn("model", "m") == f"arn:{partition}:sagemaker:{region}:123456789012:model/m"
