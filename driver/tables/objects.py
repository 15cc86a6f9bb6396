"""JSON and JSON Lines: from a text to a table."""

from __future__ import annotations

import json
from typing import Any

from driver.errors import DriverError
from driver.tables import decoding, documents
from driver.tables.table import LABELLED, Problem, Table, cell


def is_json(text: str, ending: str) -> bool:
    """Whether a text is JSON or JSON Lines: by its ending, or because it can be read so."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return False
    first = text.strip().split("\n", 1)[0]
    return ending in (".json", ".jsonl", ".jsonlines", ".ndjson") or _parses(first) or _parses(text)


def read(text: str, name: str, found: dict[str, str]) -> Table:
    """Return the table. Raises DriverError for JSON that is no list of records."""
    import pandas  # takes half a second

    problems: list[Problem] = []
    form = None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        records, positions, problems = _lines(text, name)
        if not any("text" in record or len(record) > 1 for record in records):
            raise DriverError(f"{name} is not JSON ({error}): export it again") from None
        form = LABELLED if all(map(_is_labelled, records)) else None
        found["format"] = "JSON Lines"
    else:
        records = [_object(item) for item in documents.records(document, name)]
        positions = [f"{name} record {number}" for number in range(1, len(records) + 1)]
        found["format"] = "JSON"
        if isinstance(document, dict) and records == [document] and "\n" not in text.strip():
            found["format"], positions = "JSON Lines", [f"{name} line 1"]
            form = LABELLED if _is_labelled(document) else None
    if not records:
        why = f": {problems[0].position}: {problems[0].reason}" if problems else ""
        raise DriverError(f"{name} holds no records{why}; give a list of objects, or an object on each line")
    flat = [_flat(record) for record in records]
    names = list(dict.fromkeys(key for record in flat for key in record))
    cells = [[record.get(key, "") for key in names] for record in flat]
    frame = pandas.DataFrame(cells, columns=pandas.Index(names, dtype=object), dtype=object)
    found["header"] = ", ".join(names)
    return Table(name=name, frame=frame, positions=positions, found=found, problems=problems, form=form)


def _lines(text: str, name: str) -> tuple[list[dict[str, Any]], list[str], list[Problem]]:
    records, positions, problems = [], [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        position = f"{name} line {number}"
        if decoding.is_damaged(line):
            problems.append(Problem(position, decoding.NOT_UTF8))
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(position, f"not JSON ({error})"))
            continue
        if isinstance(item, dict | list | str):
            records.append(_object(item))
            positions.append(position)
        else:
            problems.append(Problem(position, 'not an object, such as {"label": "pos", "text": "A fine film"}'))
    return records, positions, problems


def _object(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    return {str(number): value for number, value in enumerate(item, 1)} if isinstance(item, list) else item


def _is_labelled(record: dict[str, Any]) -> bool:
    label = record.get("label")
    return isinstance(record.get("text"), str) and isinstance(label, str | int) and not isinstance(label, bool)


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | bool):
            flat[prefix + str(key)] = json.dumps(value, ensure_ascii=False)
        else:
            flat[prefix + str(key)] = cell(value)
    return flat


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
