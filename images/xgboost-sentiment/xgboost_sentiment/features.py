"""Reads the channels of numbers: label-first CSV or libsvm, as SageMaker's own XGBoost takes them. Trains nothing.

A zero, a blank cell and an absent index are one and the same. libsvm indices are taken as they stand: the first is 0.
A libsvm label may have a weight, `1:0.5`, and a line may end in a comment, `# ...`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.records import Numbers, RecordError, Row, is_number
from smcontract.training import channels, texts
from smcontract.training.job import Channel, Job
from textprep.records import Record, read_text

from xgboost_sentiment.columns import Columns
from xgboost_sentiment.prepared import Data, Prepared, count

ENDINGS = {".libsvm": media.LIBSVM, ".svm": media.LIBSVM}
ANY_INDEX = Numbers(2**24)  # how many columns there are, only the last line tells; more would be an index gone wrong
GOLDEN = 8
LARGEST = float(np.finfo(np.float32).max)
SEPARATORS = MappingProxyType({";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"})


class _Table(NamedTuple):
    """Labels, rows and weights of a channel; a row of no weight of its own has 1."""

    labels: list[float]
    rows: list[Row]
    weights: list[float]

    def part(self, numbers: Sequence[int]) -> "_Table":
        """Return the records of these numbers."""
        labels, rows, weights = self
        return _Table([labels[n] for n in numbers], [rows[n] for n in numbers], [weights[n] for n in numbers])

    @property
    def has_weights(self) -> bool:
        """Whether any weight is other than 1."""
        return any(weight != 1 for weight in self.weights)


class _Reader:
    """Reads channels, and learns how many columns they have together. All CSV rows must have the same number."""

    def __init__(self, objective: str) -> None:
        self.n_features = 0
        self._cells: int | None = None
        self._objective = objective

    def read(self, channel: Channel) -> _Table:
        """Return the records; lines that are blank, or in libsvm a comment, are none."""
        table = _Table([], [], [])
        has_header = channels.has_header(channel)
        for form, path in channels.files(channel, ENDINGS):
            for number, record in enumerate(read_text([path])):
                if has_header and number == 0:
                    continue
                line = record.text.partition("#")[0].split(None, 1) if form == media.LIBSVM else None
                if line == []:
                    continue
                label, row, weight = self._csv(record) if line is None else self._libsvm(record, *line)
                table.labels.append(label)
                table.rows.append(row)
                table.weights.append(weight)
        return table

    def _libsvm(self, record: Record, head: str, pairs: str = "") -> tuple[float, Row, float]:
        """A line `label[:weight] index:value ...`, as dmlc's parser takes it, without its `qid:`."""
        if "qid:" in pairs:
            raise UserError(
                f"{record.position}: qid is for ranking objectives, which this image does not support: remove it"
            )
        label, colon, weight = head.partition(":")
        try:
            row = ANY_INDEX.from_line(f"0 {pairs}")
            number = _single(label, "label", "must be the first field of each line")
            factor = _single(weight, "weight", "must follow the colon") if colon else 1.0
        except RecordError as error:
            raise UserError(f"{record.position}: {error}") from None
        if factor < 0:
            raise UserError(f"{record.position}: the weight {weight} is negative: give 0 or more")
        self._check(record, number)
        if len(row.indices):
            self.n_features = max(self.n_features, int(row.indices[-1]) + 1)
        return number, row, factor

    def _csv(self, record: Record) -> tuple[float, Row, float]:
        cells = record.text.split(",")
        try:
            label = _single(cells[0], "label", "must be the first cell of each row")
            self._check(record, label)
            row = self._cells_to_row(cells[1:])
        except RecordError as error:
            # By any separator: a row of numbers with another separator is not a header.
            parts = re.split(r"[,;|\t]" if cells[1:] else r"[;|\s]", record.text)
            if texts.looks_like_header(record.position, (part.strip(' "') for part in parts)):
                raise _header(record) from None
            raise UserError(f"{record.position}{_place(cells) or f': {error}'}") from None
        return label, row, 1.0

    def _cells_to_row(self, cells: list[str]) -> Row:
        if self._cells is None and cells:
            self._cells = len(cells)
            self.n_features = max(self.n_features, self._cells)
        if not cells or len(cells) != self._cells:
            raise RecordError(
                f"{len(cells) + 1} column{'s' * bool(cells)} instead of {(self._cells or 1) + 1}; every row must have "
                "a label and then as many numbers as the first row of the train channel, at least one"
            )
        return Numbers(len(cells)).from_csv(cells)

    def _check(self, record: Record, label: float) -> None:
        if self._objective == "binary:logistic" and label not in (0, 1):
            raise UserError(f"{record.position}: the label is {label:g}; with {self._objective} it must be 0 or 1")
        if self._objective == "reg:logistic" and not 0 <= label <= 1:
            raise UserError(f"{record.position}: the label is {label:g}; with {self._objective} it must be from 0 to 1")


def read(job: Job, settings: Mapping[str, Any], workers: int) -> Prepared:  # noqa: ARG001
    """Read all channels. Raises UserError or DataError for data that cannot be used."""
    classes = ("0", "1") if settings["objective"] == "binary:logistic" else None
    reader = _Reader(settings["objective"])
    tables = {"train": reader.read(job.channel("train"))}
    tables |= {name: reader.read(job.channels[name]) for name in ("validation", "test") if name in job.channels}
    golden = tables["train"].rows[:GOLDEN]
    if settings["validation_fraction"]:
        tables |= _held_back(tables["train"], settings["validation_fraction"], settings["seed"])
    for name, table in tables.items():
        count(name, table.labels, classes)
    encoder = Columns(reader.n_features)
    if not encoder.n_features:
        raise UserError("no row has a feature that is not zero: check the data")
    data = {name: _data(encoder, table) for name, table in tables.items()}
    return Prepared(encoder, data, classes, [_line(row) for row in golden])


def _held_back(table: _Table, fraction: float, seed: int) -> dict[str, _Table]:
    """Divide the train data at random, the same way for the same seed."""
    held: list[int] = []
    kept = list(texts.hold_back(range(len(table.labels)), fraction, seed, held))
    return {"train": table.part(kept), "validation": table.part(held)}


def _data(encoder: Columns, table: _Table) -> Data:
    weights = np.array(table.weights, np.float32) if table.has_weights else None
    return Data(encoder.matrix(table.rows), np.array(table.labels, np.float32), weights)


def _single(text: str, what: str, rule: str) -> float:
    """The number in a cell, which must be finite in single precision. Raises RecordError."""
    if not is_number(text) or not math.isfinite(number := float(text)):
        raise RecordError(f"the {what} {shown(text)} is not a number; it {rule}")
    if abs(number) > LARGEST:
        raise RecordError(f"the {what} {text.strip()} does not fit 32-bit floating point; scale the {what}s")
    return number


def _place(cells: list[str]) -> str:
    """Name the first cell that is not a number, and the likely cause; empty when all are numbers."""
    for column, cell in enumerate(cells, start=1):
        if is_number(cell) or (column > 1 and not cell.strip()):
            continue
        what = "the label" if column == 1 else "the value"
        return f", column {column}: {what} {shown(cell)} is not a number{_cause(cell)}"
    return ""


def _cause(cell: str) -> str:
    if cell.strip().lower() in ("true", "false"):
        return "; it is a boolean: write 1 for true and 0 for false"
    if cell.startswith('"'):
        return "; write numbers without quotes"
    separator = next((name for sign, name in SEPARATORS.items() if sign in cell.strip()), None)
    if separator:
        return f"; it contains {separator}: columns must be separated by commas"
    return "; each row must have its label first, and then numbers"


def _header(record: Record) -> UserError:
    return UserError(
        f"{record.position} looks like a header, {shown(record.text)}: remove it, or set the channel's content type to "
        "text/csv; header=present; the first line must be a row of numbers, label first"
    )


def _line(row: Row) -> str:
    """The row as a libsvm line, with a label so that a row of zeros is one too."""
    return " ".join(["0", *(f"{index}:{value!s}" for index, value in zip(*row, strict=True))])
