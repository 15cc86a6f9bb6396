"""Answers of a batch transform: label, score or error of each record, from any form in which containers answer."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from driver import evaluation
from driver.errors import DriverError, quote

JOINED = "SageMakerOutput"
"""The key under which SageMaker joins an answer to the JSON record that it was given."""

_ERROR = "ERROR: "
"""What the images' error record begins with in CSV."""


class Answer(NamedTuple):
    """What a record was answered with; each "" where there is none."""

    label: str = ""
    score: str = ""
    error: str = ""

    @property
    def said(self) -> str:
        """The label, or else the score."""
        return self.label or self.score


def read(path: Path, is_joined: bool = False) -> list[Answer]:
    """Return the answers in one output of a transform job, in order.

    `is_joined` says that SageMaker has put each behind its record; of CSV only errors are then known. Raises
    DriverError for answers that have neither label nor score.
    """
    return list(_read(path, is_joined))


def _read(path: Path, is_joined: bool) -> Iterator[Answer]:
    text = path.read_text("utf-8")
    if text.lstrip()[:1] not in ("{", "["):
        yield from (_of_row(row[-1:] if is_joined else row) for row in csv.reader(io.StringIO(text, newline="")) if row)
        return
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):  # documents one after another, each on one line or on several
        if text[position].isspace():
            position += 1
            continue
        try:
            document, position = decoder.raw_decode(text, position)
        except ValueError as error:
            raise DriverError(f"{path} is neither CSV nor JSON ({error}): its answers cannot be read") from error
        if isinstance(document, dict):
            document = document.get(JOINED, document)
        if isinstance(document, dict) and "predictions" in document:
            document = document["predictions"]
        for record in document if isinstance(document, list) else [document]:
            yield _of_json(record, path)


def _of_row(row: list[str]) -> Answer:
    first, *rest = row
    if first.startswith(_ERROR):
        return Answer(error=first.removeprefix(_ERROR))
    if not rest and evaluation.is_number(first):
        return Answer(score=first.strip())
    return Answer(evaluation.plain(first), rest[0].strip() if rest else "")


def _of_json(record: Any, path: Path) -> Answer:
    if not isinstance(record, dict):
        return Answer(score=str(record)) if isinstance(record, int | float) else Answer(evaluation.plain(record))
    if "error" in record:
        return Answer(error=str(record["error"]))
    label, score = record.get("label"), record.get("score", record.get("prob"))
    if label is None and score is None:
        raise DriverError(f"{path}: {quote(record)} has neither label nor score")
    score = score[0] if isinstance(score, list) and score else score
    return Answer("" if label is None else evaluation.plain(label), "" if score is None else str(score))
