"""A line of CSV or libsvm, or a record of recordio-protobuf: to a label, a row, a weight and a group. Opens no files.

libsvm indices are taken as they stand: the first is 0. A libsvm label may have a weight, `1:0.5`, and a line may end in
a comment, `# ...`.
"""

import math
import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from smcontract.errors import UserError, shown
from smcontract.records import Numbers, RecordError, Row, is_number
from smcontract.training import texts
from textprep.records import Record

from xgboost_sentiment import recordio
from xgboost_sentiment.columns import Rows

LARGEST = float(np.finfo(np.float32).max)
WIDEST = 2**24  # columns: how many there are, only the last line tells; more would be an index gone wrong
SEPARATORS = MappingProxyType({";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"})
_GROUP = re.compile(r"\s*qid:(\S+)(?:\s+|$)")


class Labelled(NamedTuple):
    """A row of a channel; `group` is the id of its query, where the rows belong to queries."""

    label: float
    row: Row
    weight: float = 1.0
    group: int | None = None


class Parser:
    """Learns how many columns the rows have together. All rows that are not sparse must have the same number."""

    def __init__(self, zeros: bool, weights: bool) -> None:
        self.n_features = 0
        self._zeros, self._weights = zeros, weights
        self._any = Rows(WIDEST, zeros)
        self._cells: int | None = None

    @property
    def seen(self) -> tuple[int, int | None]:
        """The columns so far, and the cells of each row that is not sparse: what `join` takes."""
        return self.n_features, self._cells

    def join(self, hosts: "Sequence[tuple[int, int | None]]") -> None:
        """Know what the parsers of all hosts have seen. Raises UserError where their rows differ in length."""
        cells = sorted({cells for _, cells in hosts if cells is not None})
        if len(cells) > 1:
            raise UserError(
                f"the rows of some files have {cells[0]} columns, those of others {cells[-1]}: all need the same number"
            )
        self.n_features = max([self.n_features, *(n_features for n_features, _ in hosts)])

    def libsvm(self, record: Record, head: str, pairs: str = "") -> Labelled:
        """A line `label[:weight] [qid:group] index:value ...`, as dmlc's parser takes it. Raises UserError."""
        label, colon, weight = head.partition(":")
        grouped = _GROUP.match(pairs)
        try:
            number = _single(label, "label", "must be the first field of each line")
            row = self._sparse(f"0 {pairs[grouped.end() :] if grouped else pairs}")
            factor = _weight(weight, "must follow the colon") if colon else 1.0
            return Labelled(number, row, factor, _group(grouped[1]) if grouped else None)
        except RecordError as error:
            cause = "" if "," not in label else "; if this is CSV, set the channel's content type to text/csv"
            raise UserError(f"{record.position}: {error}{cause}") from None

    def csv(self, record: Record) -> Labelled:
        """A row of cells: label, weight if there are weights, numbers. Raises UserError."""
        cells = record.text.split(",")
        try:
            label = _single(cells[0], "label", "must be the first cell of each row")
            numbers = cells[1 + self._weights :]
            self._check_width(len(numbers), 1 + self._weights)
            row = Numbers(len(numbers), self._zeros).from_csv(numbers)
            weight = _weight(cells[1], "must be the second cell of each row, with csv_weights") if self._weights else 1
            return Labelled(label, row, weight)
        except RecordError as error:
            # By any separator: a row of numbers with another separator is not a header.
            parts = re.split(r"[,;|\t]" if cells[1:] else r"[;|\s]", record.text)
            if texts.looks_like_header(record.position, (part.strip(' "') for part in parts)):
                raise _header(record) from None
            raise UserError(f"{record.position}{_place(cells) or f': {error}'}") from None

    def message(self, position: str, message: bytes) -> Labelled:
        """A record of recordio-protobuf. Raises UserError."""
        try:
            label, values = recordio.parse(message)
            if label is None:
                raise RecordError('it has no label called "values"')
            if isinstance(values, str):
                return Labelled(_finite(label), self._sparse(values))
            self._check_width(len(values), 1)
            return Labelled(_finite(label), Numbers(len(values), self._zeros).from_json(values))
        except RecordError as error:
            raise UserError(f"{position}: {error}") from None

    def _sparse(self, line: str) -> Row:
        row = self._any.from_line(line)
        if len(row.indices):
            self.n_features = max(self.n_features, int(row.indices[-1]) + 1)
        return row

    def _check_width(self, count: int, ahead: int) -> None:
        if self._cells is None and count > 0:
            self._cells = count
            self.n_features = max(self.n_features, count)
        if count != self._cells:
            first = "a label and a weight" if ahead > 1 else "a label"
            raise RecordError(
                f"{count + ahead} column{'s' * (count + ahead != 1)} instead of {(self._cells or 1) + ahead}; every "
                f"row must have {first} and then as many numbers as the first row of the train channel, at least one"
            )


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise RecordError(f"the label is {number}; give a number")
    return number


def _group(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise RecordError(f"qid is {shown(text)}: give a whole number")
    return int(text)


def _weight(text: str, rule: str) -> float:
    weight = _single(text, "weight", rule)
    if weight < 0:
        raise RecordError(f"the weight {text} is negative: give 0 or more")
    return weight


def _single(text: str, what: str, rule: str) -> float:
    """The number in a cell, which must be finite in single precision. Raises RecordError."""
    if not is_number(text) or not math.isfinite(number := float(text)):
        raise RecordError(f"the {what} {shown(text)} is not a number; it {rule}")
    if abs(number) > LARGEST:
        raise RecordError(f"the {what} {text.strip()} does not fit 32-bit floating point; scale the {what}s")
    return number


def _place(cells: Sequence[str]) -> str:
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
