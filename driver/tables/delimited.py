"""Rows of delimited text, with the line on which each begins, and all that is wrong with the quotes.

The standard library's reader does the work: pandas cannot say on which line a row is, nor go on after a wrong one.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MOST_ERRORS = 1000
"""After so many quotes that do not match the rest of a file is not read: each of them costs a reading of the rest."""

_SAMPLE = 1000  # rows by which the delimiter is told


class Row(NamedTuple):
    """A row, its first line (from 1), and its cells; or what is wrong with it."""

    line: int
    cells: list[str]
    error: str | None = None


class _Quotes(NamedTuple):
    about: str
    how: dict[str, Any]


_DOUBLED = _Quotes("", {"strict": True})
_BACKSLASH = _Quotes("those inside a text have a backslash", {"strict": True, "doublequote": False, "escapechar": "\\"})
_ORDINARY = _Quotes("ordinary characters", {"quoting": csv.QUOTE_NONE})


class Delimited(NamedTuple):
    """The rows of a file; its delimiter, None where each line is one cell; and what is special about its quotes."""

    rows: list[Row]
    delimiter: str | None
    quoting: str


def parse(text: str, delimiter: str | None = None) -> Delimited:
    r"""Return the rows of a text. The delimiter, where none is given, is the one that makes the most rows alike.

    Example:
        >>> parse('5;"Great; really"\n1;Bad\n').rows[0].cells
        ['5', 'Great; really']
    """
    lines = io.StringIO(text, newline="").readlines()  # at \n, \r\n and \r alone, and with them
    delimiter = delimiter or _likeliest(lines)
    if delimiter is None:
        return Delimited([Row(number, [line.rstrip("\r\n")]) for number, line in enumerate(lines, 1)], None, "")
    wanted = [_DOUBLED, *([_BACKSLASH] if '\\"' in text else []), *([_ORDINARY] if delimiter == "\t" else [])]
    tried = (Delimited(list(_rows(lines, delimiter, one.how)), delimiter, one.about) for one in wanted)
    first = next(tried)
    return first if _is_even(first.rows) else next((one for one in tried if _is_even(one.rows)), first)


def _rows(lines: Sequence[str], delimiter: str, how: dict[str, Any]) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), 2**31 - 1))
    start = errors = 0
    while start < len(lines) and errors < MOST_ERRORS:
        reader = csv.reader((lines[number] for number in range(start, len(lines))), delimiter=delimiter, **how)
        line = start + 1
        try:
            for cells in reader:
                yield Row(line, cells)
                line = start + reader.line_num + 1
            return
        except csv.Error as error:
            what = "a quote is never closed" if "end of data" in str(error) else "a quote inside a text is not doubled"
            yield Row(line, [], what)
            start, errors = line, errors + 1
    if start < len(lines):
        yield Row(start + 1, [], "not read from here on, because so many quotes do not match")


def _likeliest(lines: Sequence[str]) -> str | None:
    """Return the delimiter by which most rows have the same number of fields; None where none makes two fields."""
    shares: dict[str, tuple[float, float]] = {}
    for delimiter in DELIMITERS:
        widths = Counter[int]()
        for row in _rows(lines[:_SAMPLE], delimiter, {}):
            if any(map(str.strip, row.cells)):
                widths[len(row.cells)] += 1
        split = Counter({width: count for width, count in widths.items() if width > 1})
        if split:
            total = widths.total()
            shares[delimiter] = round(max(split.values()) / total, 2), split.total() / total
    best = max(shares, key=lambda one: shares[one], default=None)
    return best if best and (shares[best][0] >= 0.5 or shares[best][1] >= 0.9) else None


def _is_even(rows: Sequence[Row]) -> bool:
    return not any(row.error for row in rows) and len({len(row.cells) for row in rows if any(row.cells)}) == 1
