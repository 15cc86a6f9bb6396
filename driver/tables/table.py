"""What files of records are once they are read, and what a person says about them. Reads nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas

LABELLED = "label,text"
"""A form: CSV of label and text, or JSON Lines of these keys, as the images themselves read it."""


class Problem(NamedTuple):
    """A row that cannot be used: where it is, such as `reviews.csv line 17`, and why."""

    position: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person says about a table; each None or empty where it is to be found out."""

    text: str | None = None
    label: str | None = None
    map: Sequence[str] = ()
    drop: Sequence[str] = ()
    skip_bad: bool = False
    header: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(kw_only=True)
class Table:
    """Records in memory: a frame of text cells ("" for a missing one), and the position of each of its rows.

    `found` says for people what form the file has, `notes` what was left out or put right; `problems` are rows that
    are not in the frame. `is_named` is whether the file itself names the columns. `form` is LABELLED if the images read
    the file as it is.
    """

    name: str
    frame: pandas.DataFrame
    positions: list[str]
    found: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_named: bool = True
    form: str | None = None

    @property
    def columns(self) -> list[str]:
        """The names of the columns; numbers from 1 where the file names none."""
        return list(self.frame.columns)


def cell(value: object) -> str:
    """Return a value of a spreadsheet, of JSON or of a data frame as text, lists as JSON; "" for a missing one.

    Example:
        >>> cell(5.0), cell(None), cell(float("nan")), cell(0.5), cell(["a", 1])
        ('5', '', '', '0.5', '["a", 1]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=cell)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    text = str(value)  # not `value != value`: of NA and of arrays that is neither true nor false
    if value is None or text in ("nan", "NaN", "NaT", "<NA>"):
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral) and float(value).is_integer():
        return str(int(float(value)))
    return text.removesuffix(" 00:00:00")
