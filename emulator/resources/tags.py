"""AddTags, ListTags, DeleteTags: of anything with an ARN that there is."""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.platform import Platform
from emulator.state.records import TakenError, UnknownError

KIND = "tags"
MAX_TAGS = 50  # of one resource, as on AWS


def add(platform: Platform, arn: str, tags: list[dict[str, str]]) -> None:
    """Give something tags; called by Create operations too, with what their request holds. Raises ApiError."""
    with suppress(TakenError):
        platform.store.add(KIND, arn, {"Tags": {}})

    def change(record: dict[str, Any]) -> None:
        record["Tags"] |= {tag["Key"]: tag["Value"] for tag in tags}
        if len(record["Tags"]) > MAX_TAGS:
            raise invalid(f"{arn} would have {len(record['Tags'])} tags: at most {MAX_TAGS} are allowed")

    platform.store.change(KIND, arn, change)


def remove(platform: Platform, arn: str) -> None:
    """Forget the tags of what is deleted."""
    with suppress(UnknownError):
        platform.store.remove(KIND, arn)


def add_tags(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """AddTags."""
    _tags(platform, request["ResourceArn"])
    add(platform, request["ResourceArn"], request["Tags"])
    return {"Tags": _as_list(_tags(platform, request["ResourceArn"]))}


def list_tags(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTags, all on one page."""
    return {"Tags": _as_list(_tags(platform, request["ResourceArn"]))}


def delete_tags(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteTags."""
    _tags(platform, request["ResourceArn"])

    def change(record: dict[str, Any]) -> None:
        for key in request["TagKeys"]:
            record["Tags"].pop(key, None)

    platform.store.change(KIND, request["ResourceArn"], change)
    return {}


def _tags(platform: Platform, arn: str) -> dict[str, str]:
    """Every Create operation calls `add`, with or without tags, so what has no record does not exist."""
    try:
        tags: dict[str, str] = platform.store.get(KIND, arn)["Tags"]
    except UnknownError:
        raise invalid(f"The ARN {arn} does not exist") from None
    return tags


def _as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
)
