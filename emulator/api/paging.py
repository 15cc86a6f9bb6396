"""What every List operation does alike: filter, sort, cut into pages."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.api.errors import invalid
from emulator.state.records import Record

DEFAULT_RESULTS = 10  # SageMaker's own


def page(
    records: Iterable[Record], request: Mapping[str, Any], name: str, status: str | None = None, **sort_by: str
) -> tuple[Sequence[Record], dict[str, str]]:
    """Return a page of the records, and NextToken when there are more. Raises ApiError for a token that never was.

    `name` and `status` are the members that NameContains, StatusEquals, and SortBy Name or Status look at; `sort_by`
    has those of further values of SortBy. The newest come first unless SortOrder says otherwise. A token names the last
    record of its page, so that records which come and go between two pages neither repeat others nor hide them.
    """
    by = {"Name": name, "Status": status or name, **sort_by}.get(request.get("SortBy", ""), "CreationTime")
    descending = request.get("SortOrder", "Descending") == "Descending"

    def place(record: Record) -> list[Any]:
        return [record[by], record[name]]

    found = sorted((r for r in records if _matches(r, request, name, status)), key=place, reverse=descending)
    if "NextToken" in request:
        last = _parse_token(request["NextToken"], found[0][by] if found else "")
        found = [r for r in found if (place(r) < last if descending else place(r) > last)]
    size = request.get("MaxResults", DEFAULT_RESULTS)
    return found[:size], {"NextToken": _make_token(place(found[size - 1]))} if len(found) > size else {}


def _matches(record: Record, request: Mapping[str, Any], name: str, status: str | None) -> bool:
    modified = record.get("LastModifiedTime", record["CreationTime"])
    return (
        request.get("NameContains", "").lower() in record[name].lower()
        and (status is None or request.get("StatusEquals", record[status]) == record[status])
        and record["CreationTime"] >= request.get("CreationTimeAfter", 0)
        and record["CreationTime"] <= request.get("CreationTimeBefore", record["CreationTime"])
        and modified >= request.get("LastModifiedTimeAfter", 0)
        and modified <= request.get("LastModifiedTimeBefore", modified)
    )


def _make_token(last: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()


def _parse_token(token: str, like: Any) -> list[Any]:
    """The place that a token names; `like` is a value that it must be comparable with."""
    try:
        value, name = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        value = name = None
    if not isinstance(name, str) or isinstance(value, str) != isinstance(like, str) or isinstance(value, list | dict):
        raise invalid(f"NextToken is {token!r}: give the NextToken of the previous page")
    return [value, name]
