"""Many texts at once to numbers and rows, in C: the same as the Python code of this package, a hundred times as fast.

Where the extension could not be built `AVAILABLE` is false, and the Python code does the work. It also takes each text
that the C code leaves to it: one that has marks within words, or characters whose lower case or normal form NFC depends
on others. English, and most text in Latin, Cyrillic, Greek and Chinese letters, is not among them.
"""

import unicodedata
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from html import unescape
from html.entities import html5
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textprep.clean import clean
from textprep.tokens import MARKS, tokens

_core: Any = None
with suppress(ImportError):
    _core = import_module("textprep._core")

AVAILABLE = _core is not None
"""Whether the C code is there."""

Ids = NDArray[np.int32]
Integers = NDArray[np.int64]
Floats = NDArray[np.float32]
Resolve = Callable[[list[str]], "array[int]"]

_SEPARATOR, _WORD, _TOKEN, _CONTINUES, _HARD = range(5)  # as in scan.h
_BMP = 0x10000


def split(texts: Iterable[str], rule: int) -> tuple[list[str], Ids, Integers]:
    """Do what `corpus.split` does."""
    words, ids, ended = _core.split(_splitter(rule), tuple(texts), _plain(rule))
    ends: Integers = np.frombuffer(ended, np.int64)
    return words, np.frombuffer(ids, np.int32), ends[1:] - ends[:-1]


class Numbers:
    """Numbers of the words of texts, split by a rule: those of `known`, and what `resolve` says of others, or -1.

    The numbers of up to `spare` others are remembered. Threads may share it.
    """

    def __init__(self, rule: int, known: dict[str, int], resolve: Resolve | None = None, spare: int = 0) -> None:
        self._of_splitting = _splitter(rule), _core.words(known, spare)
        self._of_others = _plain(rule), resolve

    def of(self, texts: Iterable[str]) -> tuple[Ids, Integers]:
        """Return the numbers, one text after another, and int64 (n_texts + 1,): where each text ends, from a 0 on."""
        ids, ends = _core.number(*self._of_splitting, tuple(texts), *self._of_others)
        return np.frombuffer(ids, np.int32), np.frombuffer(ends, np.int64)

    def rows(self, grams: "Grams", texts: Iterable[str]) -> tuple[Integers, Ids, Floats]:
        """Return the rows of texts, see `pipeline.Rows`."""
        return _arrays(_core.rows(*self._of_splitting, grams.table, tuple(texts), *self._of_others))


class Grams:
    """The features of a pipeline: words, n-grams by their keys, and what all weigh.

    `counts`: whether it matters how often they occur; `norm`: whether rows are divided by their lengths. With `model`,
    float32 (n_features,), it is for a `Scorer` and makes no rows.
    """

    def __init__(
        self,
        n_unigrams: int,
        keys: tuple[Integers, ...],
        weights: Floats | None,
        *,
        counts: bool,
        norm: bool,
        model: Floats | None = None,
    ) -> None:
        self.table = _core.grams(n_unigrams, keys, weights, counts, norm, model)

    def rows(self, ids: Ids, lengths: Integers) -> tuple[Integers, Ids, Floats]:
        """Return the rows of documents, from the numbers of their words one after another, and their lengths."""
        ends = np.concatenate([[0], np.cumsum(lengths)])
        return _arrays(_core.rows_of(self.table, np.ascontiguousarray(ids, np.int32), ends))


class Scorer:
    """A linear model, whose weights are in `grams`; `base` is added to each sum.

    Its margins are those of the rows, to about 1e-7: no row is made, and sums are added in the order of the text.
    """

    def __init__(self, numbers: Numbers, grams: Grams, base: float) -> None:
        self.base = base
        self._of_scoring = *numbers._of_splitting, grams.table, base
        self._of_others = numbers._of_others

    def margins(self, texts: Iterable[str]) -> list[float]:
        """Return the margin of each text."""
        return _core.score(*self._of_scoring, tuple(texts), *self._of_others, 0)  # type: ignore[no-any-return]

    def explain(self, texts: Iterable[str], most: int) -> list[tuple[float, float, list[str], list[float]]]:
        """Explain the margin of each text by the at most `most` features, 1 or more, that contribute most to it.

        Return the margin; the sum of what all others contribute; these features, as they first stand in the text in
        lower case, stop words aside; and what each contributes, the largest amount first.
        """
        return _core.score(*self._of_scoring, tuple(texts), *self._of_others, most)  # type: ignore[no-any-return]


def count(wanted: Integers, least: int) -> tuple[Integers, Integers, Ids]:
    """Return the keys that occur `least` times or more, ascending; how often; where each of `wanted` is in them, or -1.

    Raises MemoryError when there is too little memory.

    Example:
        >>> count(np.array([7, 5, 7]), 2)
        (array([7]), array([2]), array([ 0, -1,  0], dtype=int32))
    """
    keys, counts, places = _core.count(wanted, least)
    return np.frombuffer(keys, np.int64), np.frombuffer(counts, np.int64), np.frombuffer(places, np.int32)


def _arrays(rows: tuple[Any, Any, Any]) -> tuple[Integers, Ids, Floats]:
    starts, features, values = rows
    return np.frombuffer(starts, np.int64), np.frombuffer(features, np.int32), np.frombuffer(values, np.float32)


@cache
def _plain(rule: int) -> Callable[[str], str]:
    """Return the Python code for a text that the C code leaves to it: its words, separated by spaces."""
    return lambda text: " ".join(tokens(clean(text), rule))


@cache
def _splitter(rule: int) -> Any:
    names = {name: number for number, name in enumerate(html5)}
    meanings = array("I", (ord(character) for meaning in html5.values() for character in meaning.ljust(2, "\0")))
    return _core.splitter(*tables(MARKS[rule]), names, meanings)


def tables(marks: str) -> "tuple[bytearray, array[int], array[int]]":
    """Return what the C code knows of characters where these `marks` are words: made in a few hundredths of a second.

    The class and the lower case of each character of the Basic Multilingual Plane, and what `&#0;` to `&#255;` mean.
    """
    classes, lower = _characters()
    for mark in marks:
        classes[ord(mark)] = _TOKEN
    meant = (unescape(f"&#{number};") for number in range(256))
    return classes, lower, array("i", (ord(character) if character else -1 for character in meant))


def _characters() -> tuple[bytearray, "array[int]"]:
    """Return the class and the lower case of each character of the Basic Multilingual Plane."""
    characters = list(map(chr, range(_BMP)))
    lower = list(map(str.lower, characters))
    stable = map(str.__eq__, lower, map(partial(unicodedata.normalize, "NFC"), lower))
    classes = bytearray(
        _HARD if len(low) > 1 else _WORD if low.isalnum() else _SEPARATOR if category[0] != "M" else _CONTINUES
        for low, category in zip(lower, map(unicodedata.category, characters), strict=True)
    )
    for point, is_stable in enumerate(stable):
        if not is_stable and classes[point] == _WORD:
            classes[point] = _HARD
    for hard in (0x3A3, *range(0x1100, 0x1200)):  # Σ, whose lower case depends on its place; parts of Hangul
        classes[hard] = _HARD
    classes[0x200C] = classes[0x200D] = _CONTINUES  # joiners
    return classes, array("H", (ord(low[0]) for low in lower))
