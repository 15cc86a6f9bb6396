import pytest
from botocore.session import get_session

from driver import kinds
from driver.errors import DriverError, NotFoundError

MODEL = get_session().get_service_model("sagemaker")


@pytest.mark.parametrize("kind", kinds.EVERY, ids=lambda kind: kind.flag)
def test_the_api_has_every_kind_as_it_is_named_here(kind, valid):
    valid(kind.describe("a"))
    valid(kind.list())
    valid(kind.list("a"))
    if kind.can_stop:
        valid(kind.stop("a"))
    if kind.can_delete:
        valid(kind.delete("a"))
    output = MODEL.operation_model(f"Describe{kind.thing}").output_shape
    assert kind.key in output.members
    if kind.status:
        assert set(kind.ends) <= set(output.members[kind.status].enum)


def test_the_word_of_a_kind_is_what_kind_takes():
    assert [kind.flag for kind in kinds.EVERY] == [
        "training-job", "tuning-job", "transform-job", "endpoint", "endpoint-configuration", "model",
    ]  # fmt: skip


def test_what_aws_bills():
    assert kinds.TRAINING.is_billed("InProgress")
    assert kinds.TRAINING.is_billed("Stopping")
    assert not kinds.TRAINING.is_billed("Completed")
    assert kinds.ENDPOINT.is_billed("Failed")
    assert not kinds.MODEL.is_billed("")


def test_nothing_of_a_name(local):
    with pytest.raises(NotFoundError, match=r"no training job or model is called x: `./launch.py list` shows"):
        kinds.named(local, "x", (kinds.TRAINING, kinds.MODEL))
    assert kinds.found(local, kinds.ENDPOINT, "x") is None


def test_several_of_a_name_must_be_told_apart(amazon, scripted):
    scripted.ok({"ModelName": "x"})
    with pytest.raises(DriverError, match=r"x is the name of several things \(endpoint, model\): say which"):
        kinds.one(amazon, "x", (kinds.ENDPOINT, kinds.MODEL))
