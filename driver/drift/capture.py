"""What SageMaker's data capture has kept of an endpoint's requests: JSON Lines, an object for each request.

The form is that of AWS's page "Capture data from real-time endpoint" (SageMaker developer guide).
"""

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from driver.drift.baseline import Record

ENDING = ".jsonl"


class Captured(NamedTuple):
    """A record, and when it was asked for."""

    time: datetime
    record: Record


class Reader:
    """Reads the files of an endpoint whose model has these labels; `unreadable` counts lines of another form."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.unreadable = 0
        self._labels = labels

    def read(self, folder: Path) -> list[Captured]:
        """Return the records of all files below a folder, or of one file, in the order of their times."""
        paths = [folder] if folder.is_file() else sorted(folder.rglob(f"*{ENDING}"))
        found: list[Captured] = []
        for path in paths:
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.strip():
                        try:
                            found += self._request(json.loads(line))
                        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error):
                            self.unreadable += 1
        return sorted(found, key=lambda each: each.time)

    def _request(self, event: dict[str, Any]) -> list[Captured]:
        time = datetime.fromisoformat(event["eventMetadata"]["inferenceTime"])
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        captured = event["captureData"]
        texts = [_text(value) for value in _values(captured.get("endpointInput"))]
        answers = [self._outcome(value) for value in _values(captured.get("endpointOutput"))]
        pairs = zip_longest(texts, answers, fillvalue=None)
        return [Captured(time, Record(text, *(answer or (None, None)))) for text, answer in pairs]

    def _outcome(self, value: Any) -> tuple[str | None, float | None]:
        """The predicted label and its probability, as the images answer in JSON and in CSV."""
        if isinstance(value, list):  # cells
            if len(value) == 1 and len(self._labels) == 2:
                score = float(value[0])
                return self._labels[score > 0.5], max(score, 1 - score)
            return (value[0], float(value[1])) if len(value) == 2 else (None, None)
        label = value.get("label") if isinstance(value, dict) else None
        if isinstance(label, str) and label in value.get("probabilities", {}):
            return label, float(value["probabilities"][label])
        if isinstance(label, list) and label:
            return str(label[0]), float(value["prob"][0])
        return None, None


def _values(part: dict[str, Any] | None) -> Iterator[Any]:
    """The records, or the answers, of a captured body: JSON values, or the cells of rows."""
    if part is None:
        return
    data = part["data"]
    if part.get("encoding") == "BASE64":
        data = base64.b64decode(data).decode("utf-8", "replace")
    kind = (part.get("observedContentType") or "").partition(";")[0].strip().lower()
    if kind == "application/json":
        value = json.loads(data)
        if isinstance(value, dict):
            value = value.get("instances", value.get("predictions", [value]))
        yield from value if isinstance(value, list) else [value]
    elif kind in ("application/jsonlines", "application/x-jsonlines", "application/jsonl"):
        yield from (json.loads(line) for line in data.splitlines() if line.strip())
    elif kind == "text/csv":
        yield from (row for row in csv.reader(io.StringIO(data, newline="")) if row)
    else:
        yield from data.split("\n")[: -1 if data.endswith("\n") else None]


def _text(value: Any) -> str | None:
    """The text of a record, if it is one."""
    if isinstance(value, list) and len(value) == 1:  # the one cell of a row
        value = value[0]
    if isinstance(value, dict):
        value = value.get("text", value.get("source"))
    return value if isinstance(value, str) else None
