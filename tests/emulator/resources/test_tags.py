import pytest

from emulator.api.call import Call
from emulator.api.errors import ApiError
from emulator.platform import Platform
from emulator.resources import tags

ARN = Call().arn("training-job", "mine")


def test_added_listed_replaced_deleted(platform: Platform) -> None:
    tags.add(platform, ARN, [{"Key": "a", "Value": "1"}])
    added = tags.add_tags(
        platform, Call(), {"ResourceArn": ARN, "Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}]}
    )
    assert added == {"Tags": [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}]}
    assert tags.delete_tags(platform, Call(), {"ResourceArn": ARN, "TagKeys": ["a", "unknown"]}) == {}
    assert tags.list_tags(platform, Call(), {"ResourceArn": ARN}) == {"Tags": [{"Key": "b", "Value": "2"}]}


@pytest.mark.parametrize(
    ("operation", "more"), [("AddTags", {"Tags": []}), ("ListTags", {}), ("DeleteTags", {"TagKeys": ["a"]})]
)
def test_of_nothing(platform: Platform, operation: str, more: dict[str, list[str]]) -> None:
    with pytest.raises(ApiError, match=f"The ARN {ARN} does not exist") as error:
        tags.OPERATIONS[operation](platform, Call(), {"ResourceArn": ARN, **more})
    assert error.value.code == "ValidationException"


def test_of_what_was_deleted(platform: Platform) -> None:
    tags.add(platform, ARN, [])
    tags.remove(platform, ARN)
    tags.remove(platform, ARN)
    with pytest.raises(ApiError):
        tags.list_tags(platform, Call(), {"ResourceArn": ARN})


def test_more_than_fifty(platform: Platform) -> None:
    tags.add(platform, ARN, [{"Key": str(number), "Value": ""} for number in range(50)])
    with pytest.raises(ApiError, match="would have 51 tags: at most 50"):
        tags.add(platform, ARN, [{"Key": "one more", "Value": ""}])
    assert len(tags.list_tags(platform, Call(), {"ResourceArn": ARN})["Tags"]) == 50
