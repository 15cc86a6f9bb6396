"""The labels of a job: which words they are, in which order, and which of them mean the same. Reads no files."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError, shown
from smcontract.records import is_number
from textprep.characters import nfc
from textprep.records import Record

PAIRS = (("0", "1"), ("neg", "pos"), ("negative", "positive"))
"""Negative first: answers use these spellings, in this order, where a job has no other labels."""

MOST = 100
"""Labels of a job: each has a model of its own."""

_NAMED = 10  # labels that a sentence names


class Labels:
    """Turns the labels of a job's records into numbers. Capital letters do not matter.

    The records of the train channel come first, to `add`; `settle` puts their labels in order: numbers by size, words
    by the alphabet. `names` then has the spelling of each, the most frequent one.

    Example:
        >>> labels = Labels()
        >>> found = [labels.add(Record(label, "A film.", "a.csv line 1")) for label in ("pos", "Neg", "neutral")]
        >>> labels.settle(found), labels.names
        ([2, 0, 1], ('Neg', 'neutral', 'pos'))
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._first: dict[str, Record] = {}
        self._places: dict[str, int] = {}
        self._spellings: dict[str, Counter[str]] = {}
        self._numbers: dict[str, int] = {}

    def add(self, record: Record, place: int = 0) -> int:
        """Return the number of a train record's label, by first appearance. Raises UserError for one too many.

        `place` is the record's among those of all hosts.
        """
        key = _key(record.label)
        if key not in self._first:
            self._enter(key, record, place)
        self._spellings[key][nfc((record.label or "").strip())] += 1
        return self._numbers[key]

    def described(self) -> list[tuple[str, int, Record, dict[str, int]]]:
        """Return what `joined` needs to know: of each label its first record, that one's place, and its spellings."""
        return [(key, self._places[key], record, self._spellings[key]) for key, record in self._first.items()]

    @classmethod
    def joined(cls, hosts: "Sequence[list[Any]]") -> "tuple[Labels, list[NDArray[np.int64]]]":
        """Return the labels of all hosts, each `described`, and for each host the new numbers of its own.

        Raises UserError for a label too many.
        """
        labels = cls()
        for key, place, record, spellings in sorted(chain.from_iterable(hosts), key=itemgetter(1)):
            if key not in labels._first:
                labels._enter(key, Record(*record), place)
            labels._spellings[key].update(spellings)
        return labels, [np.array([labels._numbers[key] for key, *_ in host], np.int64) for host in hosts]

    def _enter(self, key: str, record: Record, place: int) -> None:
        if len(self._first) == MOST:
            raise UserError(
                f"{record.position}: the label is {shown(record.label)}, which is one label too many: this image "
                f"takes at most {MOST}; if it is the text, put the label first and the text second"
            )
        self._first[key], self._places[key] = record, place
        self._spellings[key] = Counter()
        self._numbers[key] = len(self._numbers)

    def settle(self, numbers: Sequence[int]) -> list[int]:
        """Return the positions in `names` of the labels that `add` has numbered.

        Raises UserError when two labels mean the same, and for a record whose label and text are swapped.
        """
        keys = list(self._first)
        self._check(keys)
        pair = next((pair for pair in PAIRS if set(keys) <= set(pair)), None)
        if pair and keys:
            order, self.names = list(pair), pair
        else:
            numeric = all(is_number(key) and math.isfinite(float(key)) for key in keys)
            order = sorted(keys, key=lambda key: (float(key) if numeric else 0, key))
            self.names = tuple(map(self._spelling, order))
        self._numbers = {key: position for position, key in enumerate(order)}
        positions = [self._numbers[key] for key in keys]
        return [positions[number] for number in numbers]

    def _spelling(self, key: str) -> str:
        """The most frequent; of several the first record's, else the first by the alphabet, for any number of hosts."""
        first = nfc((self._first[key].label or "").strip())
        return min(self._spellings[key].items(), key=lambda item: (-item[1], item[0] != first, item[0]))[0]

    def number(self, record: Record) -> int:
        """Return the position of a label in `names`. Raises UserError for one that the train records do not have."""
        if not self.has(record):
            more = f" and {len(self.names) - _NAMED} more" if len(self.names) > _NAMED else ""
            header = "; if this line is a header, remove it" if record.position.endswith(" line 1") else ""
            raise UserError(
                f"{record.position}: the label is {shown(record.label)}; this job's labels must be "
                f"{', '.join(self.names[:_NAMED])}{more}: map other labels to these, or leave their records out{header}"
            )
        return self._numbers[_key(record.label)]

    def has(self, record: Record) -> bool:
        """Whether the train records have the record's label."""
        return _key(record.label) in self._numbers

    def _check(self, keys: Sequence[str]) -> None:
        for same in map(set, zip(*PAIRS, strict=True)):
            one, *others = [key for key in keys if key in same] or [""]
            if others:
                first, second = self._first[one], self._first[others[0]]
                raise UserError(
                    f"{second.position}: the label is {shown(second.label)}, and {shown(first.label)} in "
                    f"{first.position} means the same: use one of them"
                )
        for key in keys:
            record, count = self._first[key], self._spellings[key].total()
            if count == 1 and _key(record.text) in self._first and _key(record.text) != key:
                raise UserError(
                    f"{record.position}: label and text are swapped: the label is {shown(record.label)} and the text "
                    f"{shown(record.text)}; put the label first and the text second"
                )


def _key(label: str | None) -> str:
    return nfc((label or "").strip().lower())
