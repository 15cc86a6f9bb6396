"""What one record of a request is to a model: a text, or a row of numbers.

A record type turns a JSON value, the cells of a CSV row or a line into the record a model takes, or says in a
sentence why it cannot. It knows nothing of bodies and headers (`smcontract.serving.codecs`) nor of any model.
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from textprep.characters import scalars

from smcontract import media
from smcontract.errors import shown

_core: Any = None
with suppress(ImportError):
    _core = import_module("smcontract._numbers")

_NUMERIC = frozenset({int, float, type(None)})  # but not bool
_PAIR = re.compile("([0-9]{1,10}):(.*)")


class RecordError(ValueError):
    """One record cannot be scored; the message is a sentence about that record alone."""


class RecordType(Protocol):
    """How the parts of a body become records; every method raises RecordError.

    One that can read a CSV row without quotes faster than its cells has also `from_row(row: str)`.
    """

    @property
    def media_types(self) -> tuple[str, ...]:
        """The Content-Types that can hold such records."""

    def from_json(self, value: Any) -> Any:
        """From one JSON instance, or one line of JSON Lines."""

    def from_csv(self, cells: list[str]) -> Any:
        """From one CSV row."""

    def from_line(self, line: str) -> Any:
        """From one line of text/plain or text/libsvm."""


class Text:
    """A record is a str with something in it; half a character (a lone surrogate) becomes U+FFFD.

    Example:
    >>> Text().from_json({"text": "A great film."})
    'A great film.'
    """

    media_types: ClassVar[tuple[str, ...]] = (media.JSON, media.JSON_LINES, media.CSV, media.PLAIN)

    def from_json(self, value: Any) -> str:
        """A JSON string, or an object with the key `text`; its other keys are left alone."""
        text = value if type(value) is str else _member(value, "text")
        if not isinstance(text, str):
            raise RecordError(f'expected a text, or an object like {{"text": "..."}}, not {describe(value)}')
        return self.from_line(text)

    def from_csv(self, cells: list[str]) -> str:
        """The one cell of a row."""
        if len(cells) > 1:
            raise RecordError(
                f"the row has {len(cells)} columns, expected one; put a text that contains commas in double quotes"
            )
        return self.from_line("".join(cells))

    def from_line(self, line: str) -> str:
        """A line as it stands."""
        if not line or line.isspace():
            raise RecordError("the text is empty; send at least one word")
        return scalars(line)


class Row(NamedTuple):
    """What is not zero in a row: ascending column indices int32 and values float32, both (n_stored,)."""

    indices: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Numbers:
    """A record is a `Row` of `n_features` columns. A zero, a blank cell, a null and an absent index are the same.

    With `zeros` a zero is a value like any other; a blank cell, a null, an absent index and NaN are missing.

    Example:
    >>> Numbers(3).from_csv(["0", "", "2.5"])
    Row(indices=array([2], dtype=int32), values=array([2.5], dtype=float32))
    >>> Numbers(3, zeros=True).from_csv(["0", "", "2.5"]).indices.tolist()
    [0, 2]
    """

    n_features: int
    zeros: bool = False
    media_types: ClassVar[tuple[str, ...]] = (media.JSON, media.JSON_LINES, media.CSV, media.LIBSVM)

    def from_json(self, value: Any) -> Row:
        """An array of numbers and nulls, or an object that holds one as `features`; its other keys are left alone."""
        numbers = _member(value, "features")
        if not isinstance(numbers, list):
            raise RecordError(
                f'expected an array of numbers, or an object like {{"features": [...]}}, not {describe(value)}'
            )
        if not _NUMERIC.issuperset(map(type, numbers)):
            strange = next(number for number in numbers if type(number) not in _NUMERIC)
            raise RecordError(f"{describe(strange)} is not a number; every feature must be a number or null")
        try:
            return self._dense([self._blank if number is None else float(number) for number in numbers])
        except OverflowError:
            raise RecordError("a number is too large for 32-bit floating point; scale the features") from None

    def from_csv(self, cells: list[str]) -> Row:
        """The cells of a row, blank ones being absent."""
        if not cells:
            raise RecordError("the row is blank; send its numbers, separated by commas")
        return self._dense(_floats(cells, self._blank))

    def from_row(self, row: str) -> Row:
        """A CSV row without quotes, as it stands: what `from_csv` makes of its cells, most often faster."""
        return self._plain("csv", row) or self.from_csv(row.split(",") if row else [])

    def from_line(self, line: str) -> Row:
        """A libsvm line: `index:value` pairs, indices counted from 0.

        A label in front and a comment, `# ...`, at the end are left alone.
        """
        return self._plain("libsvm", line) or self._line(line)

    def _plain(self, form: Literal["csv", "libsvm"], line: str) -> Row | None:
        """What the Python code makes of a line; None where the C code is not there, or leaves the line to it."""
        found = _core and getattr(_core, form)(line, self.n_features, self.zeros)
        return Row(np.frombuffer(found[0], np.int32), np.frombuffer(found[1], np.float32)) if found else None

    def _line(self, line: str) -> Row:
        pairs = line.partition("#")[0].split()
        if not pairs:
            raise RecordError("the line is blank; send index:value pairs, or a label alone for a row of zeros")
        if ":" not in pairs[0]:
            _number(pairs.pop(0))
        row: dict[int, float] = {}
        for pair in pairs:
            found = _PAIR.fullmatch(pair)
            if not found:
                raise RecordError(f"{shown(pair)} is not an index:value pair")
            index = int(found[1])
            if index >= self.n_features:
                raise RecordError(f"index {index} is outside the model's 0 to {self.n_features - 1}")
            if index in row:
                raise RecordError(f"index {index} occurs twice in the line")
            row[index] = _number(found[2])
        columns = sorted(row)
        return self._row(np.array(columns, np.int32), np.array([row[column] for column in columns], np.float64))

    @property
    def _blank(self) -> float:
        """What a blank cell is."""
        return math.nan if self.zeros else 0.0

    def _dense(self, numbers: list[float] | NDArray[np.float64]) -> Row:
        if len(numbers) != self.n_features:
            raise RecordError(f"the row has {len(numbers)} features, the model takes {self.n_features}; send no label")
        return self._row(np.arange(self.n_features, dtype=np.int32), np.asarray(numbers, np.float64))

    def _row(self, indices: NDArray[np.int32], values: NDArray[np.float64]) -> Row:
        """The row without what is missing, in single precision."""
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if self.zeros:
            there = ~np.isnan(single)
            indices, single = indices[there], single[there]
        if not np.isfinite(single).all():
            raise RecordError(
                "a number is NaN, infinite or too large for 32-bit floating point; leave a missing one blank"
            )
        stored = slice(None) if self.zeros else np.flatnonzero(single)
        return Row(indices[stored], single[stored])


def _floats(cells: list[str], blank: float) -> list[float]:
    """The numbers in the cells, `blank` for blank ones; most rows are read without a look at each cell."""
    try:
        if "_" not in "".join(cells):
            # In counts of words, most are 0.
            return [0.0 if cell == "0" else float(cell) if cell else blank for cell in cells]
    except ValueError:
        pass
    return [_number(cell) if cell.strip() else blank for cell in cells]


def is_number(text: str) -> bool:
    """Whether a cell holds a decimal number, which with float() may also have underscores in it."""
    try:
        _number(text)
    except RecordError:
        return False
    return True


def _number(text: str) -> float:
    """A decimal number; unlike float(), not with underscores in it."""
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise RecordError(f"{shown(text)} is not a number")


def _member(value: Any, key: str) -> Any:
    """The value itself, or what an object holds under `key`."""
    if not isinstance(value, dict):
        return value
    if key not in value:
        raise RecordError(f'the object has no key "{key}", only {shown(list(value))}')
    if "explain" in value:
        raise RecordError('put "explain" once beside "instances", not inside a record')
    return value[key]


def describe(value: Any) -> str:
    """A JSON value for a sentence; an array or object, which may be large or deep, only by its kind.

    Example:
    >>> describe([1, 2]), describe("a film")
    ('an array', '"a film"')
    """
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    return shown(value)
