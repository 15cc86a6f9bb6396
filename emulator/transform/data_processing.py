"""DataProcessing of a batch transform: what of a record is sent, and what of record and answer is kept.

A CSV row counts as an array (RFC 4180, no newline inside a record), a line of JSON as its value. With JoinSource Input,
an answer is appended to the row, or becomes the attribute SageMakerOutput of the record's object; a record that is no
object becomes the attribute SageMakerInput of a new one. The joined record is the whole one, not what was sent.
"""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from emulator.errors import EmulatorError
from emulator.transform import jsonpath

ALL = "$"
CSV = "text/csv"
CONTENT_TYPES = (CSV, "application/json", "application/jsonlines")


@dataclass(frozen=True)
class Processing:
    """What is done with each record and its answer. `content_type` is that of both, without parameters."""

    content_type: str
    input_filter: jsonpath.Path
    output_filter: jsonpath.Path
    join: bool

    def line_to_send(self, record: bytes) -> bytes:
        """Return what the container is sent for a record. Raises EmulatorError."""
        if self.input_filter.text == ALL:
            return record
        return self._write(self.input_filter(self._read(record, "the record")))

    def line_to_keep(self, record: bytes, answer: bytes) -> bytes:
        """Return the line that is kept of a record and the answer to it. Raises EmulatorError."""
        if not self.join and self.output_filter.text == ALL:
            return answer
        value = self._read(answer, "the container's answer")
        if self.join:
            value = self._join(self._read(record, "the record"), value)
        return self._write(self.output_filter(value))

    def _join(self, record: Any, answer: Any) -> Any:
        if self.content_type == CSV:
            return record + answer
        whole = record if isinstance(record, dict) else {"SageMakerInput": record}
        return {**whole, "SageMakerOutput": answer}

    def _read(self, line: bytes, what: str) -> Any:
        try:
            text = line.decode()
            if self.content_type != CSV:
                return json.loads(text)
            return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
        except (ValueError, csv.Error) as error:
            raise EmulatorError(f"{what} {line[:80]!r} is not {self.content_type}: {error}") from None

    def _write(self, value: Any) -> bytes:
        if self.content_type != CSV:
            return json.dumps(value, ensure_ascii=False).encode() + b"\n"
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(value if isinstance(value, list) else [value])
        return line.getvalue().encode()


def processing(
    input_filter: str, output_filter: str, join_source: str, content_type: str | None, accept: str | None
) -> Processing | None:
    """Return what is to be done, None for nothing. Raises EmulatorError for a job that DataProcessing cannot be for."""
    if (input_filter, output_filter, join_source) == (ALL, ALL, "None"):
        return None
    kind, answered = (_media_type(value) for value in (content_type, accept))
    if kind not in CONTENT_TYPES or answered != kind:
        raise EmulatorError(
            f"DataProcessing needs ContentType and Accept to be the same one of {', '.join(CONTENT_TYPES)}; they are "
            f"{content_type} and {accept}"
        )
    return Processing(kind, jsonpath.parse(input_filter), jsonpath.parse(output_filter), join_source == "Input")


def _media_type(value: str | None) -> str:
    return (value or "").partition(";")[0].strip().lower()
