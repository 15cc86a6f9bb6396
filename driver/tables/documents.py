"""Where the records are in a JSON document: a list of objects, columns, or texts below their labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from driver.errors import DriverError
from driver.tables import columns

_ADVICE = "give a list of objects, or an object on each line"
_MOST_KEYS = 20  # of scalar values, in an object that is a record
_MOST_WORDS = 4  # of a key in one
_NAMED = 3  # lists that an error names


def records(document: Any, name: str) -> list[Any]:
    """Return objects, lists or strings, one for each record. Raises DriverError where there are none."""
    found = _inside(document, name) if isinstance(document, dict) else document
    if not isinstance(found, list) or not all(isinstance(item, dict | list | str) for item in found):
        raise DriverError(f"{name} is JSON, but not a list of records: {_ADVICE}")
    return found


def _inside(document: dict[str, Any], name: str) -> Any:
    values = list(document.values())
    if isinstance(document.get("columns"), list) and isinstance(document.get("data"), list):
        return _split(document["columns"], document["data"], name)
    lists = _lists(document)
    if values and all(isinstance(value, dict) and value for value in values) and _is_frame(document, bool(lists)):
        return _framed(document)
    if isinstance(document.get("text"), str):  # a record, whatever else it has
        return [document]
    if len(lists) > 1:
        more = f" and {len(lists) - _NAMED:,} more" if len(lists) > _NAMED else ""
        raise DriverError(
            f"{name} has {len(lists):,} lists of objects, {', '.join(list(lists)[:_NAMED])}{more}, and which holds the "
            "records cannot be told: write that list to a file of its own, and give it"
        )
    if lists:
        return next(iter(lists.values()))
    if len(values) > 1 and all(isinstance(value, list) and value for value in values):
        return _of_lists(document)
    is_flat = not any(isinstance(value, dict | list) for value in values)
    if is_flat and (len(document) > _MOST_KEYS or any(len(key.split()) > _MOST_WORDS for key in document)):
        raise DriverError(
            f"{name} is one object of {len(values):,} values, not a list of records: give a list of objects with text "
            'and label, such as [{"label": "pos", "text": "A fine film"}]'
        )
    return [document]


def _split(names: list[Any], rows: list[Any], name: str) -> list[dict[str, Any]]:
    """Return the records of pandas' orient="split"."""
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise DriverError(
                f"{name} has {len(names)} columns, and row {number} of its data has not as many cells: export it again"
            )
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _lists(document: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the lists of objects by their paths, those that lie least deep."""
    level = {str(key): value for key, value in document.items()}
    while level:
        found = {
            path: value
            for path, value in level.items()
            if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        }
        if found:
            return found
        level = {
            f"{path}.{key}": inner
            for path, value in level.items() if isinstance(value, dict)
            for key, inner in value.items()
        }  # fmt: skip
    return {}


def _is_frame(document: dict[str, dict[str, Any]], has_lists: bool) -> bool:
    """Whether an object of objects is what pandas writes, rather than an API's answer."""
    values = list(document.values())
    is_even = all(value.keys() == values[0].keys() for value in values)
    return _is_index(document) or all(map(_is_index, values)) or (is_even and not has_lists)


def _is_index(keys: Iterable[str]) -> bool:
    return all(map(str.isdecimal, keys))


def _framed(document: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records of what pandas writes by rows, orient="index", or by columns."""
    inner = dict.fromkeys(key for value in document.values() for key in value)
    is_by_rows = _is_index(document)
    if is_by_rows == _is_index(inner):  # no side alone counts 0, 1, 2: there are more rows than columns
        is_by_rows = len(document) > len(inner)
    if is_by_rows:
        return list(document.values())
    return [{key: values.get(row) for key, values in document.items()} for row in inner]


def _of_lists(document: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the records of an object of lists: columns, or the texts of each label."""
    lengths = {len(value) for value in document.values()}
    if len(lengths) == 1 and any(map(_is_column, document, document.values())):
        return [dict(zip(document, row, strict=True)) for row in zip(*document.values(), strict=True)]
    if all(isinstance(item, str) for value in document.values() for item in value):
        return [{"label": label, "text": text} for label, texts in document.items() for text in texts]
    return [document]


def _is_column(name: str, values: list[Any]) -> bool:
    is_known = bool((columns.TEXT_NAMES | columns.LABEL_NAMES) & columns.parts(name))
    return is_known or columns.is_few(len(set(map(str, values))), len(values))
