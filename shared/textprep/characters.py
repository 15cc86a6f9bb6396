r"""Characters of any script: halves of pairs replaced, the normal form NFC, and which are marks. It splits no words.

What Unicode says of a character is taken from Python's own tables, as `str.isalnum` and `\w` take it.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import count, groupby

FEW_MARKS = 30
"""Marks in a row that Unicode's stream-safe text (UAX #15) allows; no word of any language has as many."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_BEYOND_BMP = "\U00010000-\U0010ffff"


def scalars(text: str) -> str:
    r"""Return `text` with U+FFFD for each lone surrogate, so that it can be written, sent and given to any library.

    JSON can escape one half of a character (`"\ud83d"`). Python keeps it, in a str that no UTF-8 can hold.

    Example:
        >>> scalars("a film \ud83d") == "a film \ufffd"
        True
    """
    if text.isascii():
        return text
    try:
        text.encode()  # a third of the time of a search
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def nfc(text: str) -> str:
    r"""Return `text` in Unicode's normal form NFC, in linear time.

    `unicodedata` sorts the marks after a letter by insertion, in quadratic time: 80,000 marks took it 12 seconds. So
    long runs of marks are sorted beforehand, which NFC allows.

    Example:
        >>> nfc("cafe\u0301") == "caf\xe9"
        True
    """
    if len(text) > FEW_MARKS:
        text = _many_marks().sub(_sort_marks, text)
    return unicodedata.normalize("NFC", text)


@cache
def mark() -> str:
    """Return a regular expression for one mark (Unicode's categories Mn, Mc and Me)."""
    # Two classes: in one, each character that is not a mark would be compared with over a hundred ranges.
    beyond = _marks([*range(0x10000, 0x20000), *range(0xE0100, 0xE01F0)])
    return f"(?:[{_marks_of_bmp()}]|(?=[{_BEYOND_BMP}])[{beyond}])"


@cache
def _marks_of_bmp() -> str:
    return _marks(range(0x300, 0x10000))


def _marks(points: Iterable[int]) -> str:
    """Return those of the code points that are marks, as ranges for the brackets of a regular expression."""
    position = count()
    marks = (point for point in points if unicodedata.category(chr(point)).startswith("M"))
    runs = (list(run) for _, run in groupby(marks, lambda point: point - next(position)))
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


@cache
def _many_marks() -> re.Pattern[str]:
    # All that is beyond the BMP counts as a mark here: one range, and `_sort_marks` leaves other characters in place.
    return re.compile(f"[{_marks_of_bmp()}{_BEYOND_BMP}]{{{FEW_MARKS + 1},}}")


def _sort_marks(run: re.Match[str]) -> str:
    """Decompose a run of marks and put it into canonical order: by combining class, never across a class of 0."""
    decomposed = "".join(unicodedata.normalize("NFD", character) for character in run[0])
    groups = groupby(decomposed, lambda character: unicodedata.combining(character) > 0)
    return "".join(character for _, group in groups for character in sorted(group, key=unicodedata.combining))
