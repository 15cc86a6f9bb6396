import base64
from typing import Any

import pytest

from emulator.api.errors import ApiError
from emulator.api.paging import page


def records(count: int = 25) -> list[dict[str, Any]]:
    return [
        {
            "Name": f"job-{number:02}",
            "Status": ("Completed", "Failed", "InProgress")[number % 3],
            "CreationTime": 100.0 + number // 2,  # pairs are of the same time
            "LastModifiedTime": 200.0 + number,
        }
        for number in range(count)
    ]


def names(request: dict[str, Any], of: list[dict[str, Any]] | None = None) -> list[str]:
    return [record["Name"] for record in page(of or records(), request, "Name", "Status")[0]]


def walked(request: dict[str, Any]) -> list[str]:
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        part, more = page(records(), {**request, **more}, "Name", "Status")
        found += [record["Name"] for record in part]
        if not more:
            return found


ALL = [record["Name"] for record in records()]


@pytest.mark.parametrize("size", [1, 2, 7, 10, 25, 100])
@pytest.mark.parametrize("by", [None, "Name", "Status", "CreationTime"])
@pytest.mark.parametrize("order", [None, "Ascending", "Descending"])
def test_pages_have_every_record_once(size: int, by: str | None, order: str | None) -> None:
    asked = {"MaxResults": size, "SortBy": by, "SortOrder": order}
    request = {name: value for name, value in asked.items() if value is not None}
    found = walked(request)
    assert sorted(found) == ALL
    if by == "Name":
        assert found == (ALL if order == "Ascending" else ALL[::-1])


def test_the_newest_come_first_ten_of_them() -> None:
    assert names({}) == ALL[:-11:-1]


def test_what_comes_and_goes_between_two_pages() -> None:
    first, more = page(records(), {"MaxResults": 5}, "Name", "Status")
    changed = [record for record in records() if record not in first[:3]]
    changed.append({"Name": "new", "Status": "Failed", "CreationTime": 999.0})
    second, _ = page(changed, {"MaxResults": 5, **more}, "Name", "Status")
    assert [record["Name"] for record in second] == ALL[-6:-11:-1]


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({"NameContains": "JOB-1"}, ALL[19:9:-1]),
        ({"NameContains": "none"}, []),
        ({"StatusEquals": "Failed", "NameContains": "-0"}, ["job-07", "job-04", "job-01"]),
        ({"CreationTimeAfter": 112}, ["job-24"]),
        ({"CreationTimeBefore": 100.0}, ["job-01", "job-00"]),
        ({"LastModifiedTimeAfter": 223.5}, ["job-24"]),
        ({"LastModifiedTimeBefore": 200}, ["job-00"]),
    ],
)
def test_filters(request_: dict[str, Any], found: list[str]) -> None:
    assert names(request_) == found


def test_records_without_status_or_change() -> None:
    found, more = page([{"ModelName": "m", "CreationTime": 1.0}], {"LastModifiedTimeAfter": 0.5}, "ModelName")
    assert (len(found), more) == (1, {})


@pytest.mark.parametrize(
    "token",
    [
        "",
        "10",
        "x" * 5000,
        "\u0661",
        *(base64.urlsafe_b64encode(t).decode() for t in (b"[1]", b'["a", "b"]', b"[[], ''")),
    ],
)
def test_a_token_that_never_was(token: str) -> None:
    with pytest.raises(ApiError, match=r"NextToken is .*: give the NextToken of the previous page"):
        names({"NextToken": token})
