"""Reads the channels of numbers: label-first CSV or libsvm, as SageMaker's own XGBoost takes them. Trains nothing.

A zero, a blank cell and an absent index are one and the same. libsvm indices are taken as they stand: the first is 0.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from smcontract import channels, media, texts
from smcontract.errors import UserError, shown
from smcontract.job import Channel, Job
from smcontract.records import Numbers, RecordError, Row
from textprep.records import Record, read_text

from xgboost_sentiment.columns import Columns
from xgboost_sentiment.prepared import Data, Prepared, count

ENDINGS = {".libsvm": media.LIBSVM, ".svm": media.LIBSVM}
ANY_INDEX = Numbers(2**24)  # how many columns there are, only the last line tells; more would be an index gone wrong
GOLDEN = 8


class _Reader:
    """Reads channels, and learns how many columns they have together. All CSV rows must have the same number."""

    def __init__(self, objective: str) -> None:
        self.n_features = 0
        self._cells: int | None = None
        self._objective = objective

    def read(self, channel: Channel) -> tuple[list[float], list[Row]]:
        """Return labels and rows."""
        labels, rows = [], []
        for form, path in channels.files(channel, ENDINGS):
            for record in read_text([path]):
                libsvm = form == media.LIBSVM
                labels.append(_label(record, record.text.split()[0] if libsvm else record.text.partition(",")[0]))
                self._check(record, labels[-1])
                try:
                    rows.append(self._libsvm(record.text) if libsvm else self._csv(record.text.split(",")[1:]))
                except RecordError as error:
                    raise UserError(f"{record.position}: {error}") from None
        return labels, rows

    def _libsvm(self, line: str) -> Row:
        row = ANY_INDEX.from_line(line)
        if len(row.indices):
            self.n_features = max(self.n_features, int(row.indices[-1]) + 1)
        return row

    def _csv(self, cells: list[str]) -> Row:
        if self._cells is None:
            self._cells = max(len(cells), 1)
            self.n_features = max(self.n_features, self._cells)
        if len(cells) != self._cells:
            raise RecordError(
                f"{len(cells) + 1} column{'s' * bool(cells)} instead of {self._cells + 1}; every row must have a label "
                "and then as many numbers as the first row of the train channel, at least one"
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
    golden = tables["train"][1][:GOLDEN]
    if settings["validation_fraction"]:
        tables |= _held_back(*tables["train"], settings["validation_fraction"], settings["seed"])
    for name, (labels, _) in tables.items():
        count(name, labels, classes)
    encoder = Columns(reader.n_features)
    if not encoder.n_features:
        raise UserError("no row has a feature that is not zero: check the data")
    data = {name: Data(encoder.matrix(rows), np.array(labels, np.float32)) for name, (labels, rows) in tables.items()}
    return Prepared(encoder, data, classes, [_line(row) for row in golden])


def _held_back(
    labels: list[float], rows: list[Row], fraction: float, seed: int
) -> dict[str, tuple[list[float], list[Row]]]:
    """Divide the train data at random, the same way for the same seed."""
    held: list[int] = []
    parts = {"train": list(texts.hold_back(range(len(labels)), fraction, seed, held)), "validation": held}
    return {name: ([labels[i] for i in part], [rows[i] for i in part]) for name, part in parts.items()}


def _label(record: Record, text: str) -> float:
    try:
        label = float(text)
    except ValueError:
        if record.position.endswith(" line 1"):
            raise UserError(
                f"{record.position} looks like a header, {shown(record.text)}: remove it; the first line must be "
                "a row of numbers, label first"
            ) from None
        label = math.nan
    if not math.isfinite(label):
        raise UserError(
            f"{record.position}: the label {shown(text)} is not a number; each row must have its label first"
        )
    return label


def _line(row: Row) -> str:
    """The row as a libsvm line, with a label so that a row of zeros is one too."""
    return " ".join(["0", *(f"{index}:{value!s}" for index, value in zip(*row, strict=True))])
