import re

import pytest
from botocore.session import get_session

from driver.aws import resources
from driver.errors import DriverError, NotFoundError
from driver.requests import names

MODEL = get_session().get_service_model("sagemaker")


@pytest.mark.parametrize("kind", resources.EVERY, ids=lambda kind: kind.flag)
def test_the_api_has_every_kind_as_it_is_named_here(kind, valid):
    valid(kind.describe("a"))
    valid(kind.list())
    valid(kind.list("a"))
    if kind.can_stop:
        valid(kind.stop("a"))
    if kind.can_delete:
        valid(kind.delete("a"))
    output = MODEL.operation_model(f"Describe{kind.api_name}").output_shape
    assert kind.key in output.members
    if kind.status:
        assert set(kind.terminal_statuses) <= set(output.members[kind.status].enum)


NAMES = [
    "", "a", "-", "-a", "a-", "a-b", "a--b", "a_b", "a.b", "a b", "a\n", "ä", "٣",
    *("x" * length for length in (31, 32, 33, 62, 63, 64, 1000)), f"{'x-' * 31}x", f"{'x-' * 32}x",
]  # fmt: skip


@pytest.mark.parametrize("kind", resources.EVERY, ids=lambda kind: kind.flag)
def test_a_kind_takes_the_names_that_the_api_takes(kind):
    """AWS's own limits and patterns, which botocore has but does not hold a caller to."""
    for operation in ("Create", "Describe"):
        shape = MODEL.operation_model(f"{operation}{kind.api_name}").input_shape.members[kind.key]
        pattern, longest = re.compile(shape.metadata["pattern"]), shape.metadata["max"]
        taken = {name for name in NAMES if len(name) <= longest and pattern.fullmatch(name)}
        assert taken == {name for name in NAMES if names.fits(name, kind.label)}


def test_a_list_takes_the_text_that_the_api_takes():
    for kind in resources.EVERY:
        shape = MODEL.operation_model(f"List{kind.api_name}s").input_shape.members["NameContains"]
        pattern, longest = re.compile(shape.metadata["pattern"]), shape.metadata["max"]
        assert {text for text in NAMES if names.is_part(text)} == {
            text for text in NAMES if text and len(text) <= longest and pattern.fullmatch(text)
        }


@pytest.mark.parametrize("name", ["x" * 33, "x" * 63])
def test_no_tuning_job_is_looked_for_by_a_name_that_it_cannot_have(amazon, scripted, name):
    scripted.error("ValidationException", "Requested resource not found.")
    resources.check_free(amazon, resources.TRAINING, name)
    assert resources.try_describe(amazon, resources.TUNING, name) is None
    with pytest.raises(NotFoundError, match=f"no training job or tuning job called {name} exists"):
        resources.describe_all(amazon, name, (resources.TRAINING, resources.TUNING))
    assert [target for _, _, target in scripted.seen] == ["DescribeTrainingJob"] * 2


@pytest.mark.parametrize("name", ["x" * 64, "a_b"])
def test_a_name_that_nothing_can_have_is_asked_of_no_one(amazon, scripted, name):
    with pytest.raises(DriverError, match=r"the training job cannot be called .*: use 1 to 63 letters"):
        resources.describe_all(amazon, name, (resources.TUNING, resources.TRAINING))
    with pytest.raises(DriverError, match=r"the tuning job cannot be called .*: use 1 to 32 letters"):
        resources.describe(amazon, resources.TUNING, name)
    assert scripted.seen == []


def test_the_word_of_a_kind_is_what_kind_takes():
    assert [kind.flag for kind in resources.EVERY] == [
        "training-job", "tuning-job", "transform-job", "endpoint", "endpoint-configuration", "model",
    ]  # fmt: skip


def test_what_aws_bills():
    assert resources.TRAINING.is_billed("InProgress")
    assert resources.TRAINING.is_billed("Stopping")
    assert not resources.TRAINING.is_billed("Completed")
    assert resources.ENDPOINT.is_billed("Failed")
    assert not resources.MODEL.is_billed("")


def test_nothing_of_a_name(local):
    with pytest.raises(NotFoundError, match=r"no training job or model called x exists: `./launch.py list` lists"):
        resources.describe_all(local, "x", (resources.TRAINING, resources.MODEL))
    assert resources.try_describe(local, resources.ENDPOINT, "x") is None


def test_several_of_a_name_must_be_told_apart(amazon, scripted):
    scripted.ok({"ModelName": "x"})
    with pytest.raises(DriverError, match=r"x is the name of several resources \(endpoint, model\): choose one"):
        resources.describe_one(amazon, "x", (resources.ENDPOINT, resources.MODEL))
