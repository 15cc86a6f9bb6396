"""Texts to rows of word ids, all of one length, for models that read words in order.

Every word that is frequent enough has an id, without stemming; stop words stay. It trains no model and holds
no word vectors: see `embeddings`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textprep import core
from textprep.clean import clean
from textprep.corpus import CHUNK, batches, split
from textprep.errors import DataError
from textprep.parallel import ordered_map
from textprep.tokens import RULE, RULES, tokens
from textprep.vocabulary import Vocabulary

PADDING = 0
"""The number that fills a row after the last word of its text."""

UNKNOWN = 1
"""The number of every word that is not in the vocabulary."""

FIRST_WORD = 2
"""The number of the vocabulary's first word."""

HEADER, VOCABULARY = "sequences.json", "vocabulary.txt"


@dataclass(frozen=True)
class Sequences:
    """A vocabulary, the length of a row and the rule for `tokens`, made by `fit` or `load`. Threads may share it.

    As files it is sequences.json and vocabulary.txt; the number of their format is that of the rule.
    Raises `DataError` when `max_length` is below 1 or the vocabulary is empty or has a word twice.
    """

    vocabulary: Vocabulary
    max_length: int
    rule: int = RULE

    def __post_init__(self) -> None:
        if self.max_length < 1:
            raise DataError(f"max_length is {self.max_length}; give at least 1")
        if not self.words:
            raise DataError("the vocabulary has no word; give more text, or lower min_count")
        if len(self._numbers) < len(self.words):
            raise DataError("the vocabulary has a word twice; every word must have one id")

    @classmethod
    def fit(cls, texts: Iterable[str], *, max_length: int, size: int, min_count: int, workers: int = 1) -> "Sequences":
        """Keep the `size` most frequent words of `texts`, read once as a stream, that occur `min_count` times or more.

        The result is the same for every number of `workers`. Raises `DataError` when no word is that frequent.

        Example:
            >>> Sequences.fit(["Good film!", "a <b>good</b> one"], max_length=4, size=9, min_count=2).words
            ('good',)
        """
        counts: dict[str, int] = {}
        n_texts = 0
        with ordered_map(workers) as run:
            for words, numbers, texts_read in run(_count, batches(texts, CHUNK)):
                n_texts += texts_read
                for word, number in zip(words, numbers, strict=True):
                    counts[word] = counts.get(word, 0) + number
        vocabulary = Vocabulary.from_counts(list(counts), list(counts.values()), size=size, min_count=min_count)
        if not len(vocabulary):
            raise DataError(
                f"no word occurs {min_count} times in {n_texts} texts; give more text, or lower the count that a "
                "word needs"
            )
        return cls(vocabulary, max_length)

    @property
    def words(self) -> tuple[str, ...]:
        """The vocabulary, most frequent first: `words[i]` has the number `FIRST_WORD + i`."""
        return self.vocabulary.terms

    @property
    def n_ids(self) -> int:
        """How many numbers there are: the words, padding and unknown."""
        return FIRST_WORD + len(self.words)

    @cached_property
    def fingerprint(self) -> str:
        """sha256, in hexadecimal, over the format number, `max_length` and the vocabulary."""
        return _fingerprint(self.rule, self.max_length, self.vocabulary.to_text().encode())

    def tokens(self, text: str) -> list[str]:
        """Return the words of a text by the rule of the vocabulary, all of them."""
        return tokens(clean(text), self.rule)

    def encode(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Return int32 (n_texts, max_length): the words' numbers, then padding; what is longer is cut at its end.

        Example:
            >>> sequences = Sequences(Vocabulary(("film", "good"), (9, 4)), max_length=3)
            >>> sequences.encode(["Good films!", "a good, good film", ""]).tolist()
            [[3, 1, 0], [1, 3, 3], [0, 0, 0]]
        """
        length = self.max_length
        if not core.AVAILABLE:
            rows = np.fromiter(chain.from_iterable(map(self._row, texts)), np.int32, len(texts) * length)
            return rows.reshape(len(texts), length)
        ids, ends = self._core.of(texts)
        places = ends[:-1, None] + np.arange(length)
        inside = places < ends[1:, None]
        rows = np.full((len(texts), length), PADDING, np.int32)
        rows[inside] = np.where(ids < 0, UNKNOWN, ids)[places[inside]]
        return rows

    def encode_all(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], list[str]]:
        """Return rows as `encode` does, but words that are not in the vocabulary have numbers too, from `n_ids` on.

        They are the second value: `others[i]` has the number `n_ids + i`. Words that are cut off are not among them.

        Example:
            >>> sequences = Sequences(Vocabulary(("film", "good"), (9, 4)), max_length=3)
            >>> rows, others = sequences.encode_all(["Good films!", "all good", "films, good film, cut"])
            >>> rows.tolist(), others
            ([[3, 4, 0], [5, 3, 0], [4, 3, 2]], ['films', 'all'])
        """
        words, ids, lengths = split(texts, self.rule)
        places = (np.cumsum(lengths) - lengths)[:, None] + np.arange(self.max_length)
        inside = np.arange(self.max_length) < lengths[:, None]
        read = ids[places[inside]]
        is_read = np.zeros(len(words), bool)
        is_read[read] = True
        numbers = np.zeros(len(words), np.int32)
        others: list[str] = []
        for position in np.flatnonzero(is_read).tolist():
            number = self._numbers.get(words[position])
            if number is None:
                number = self.n_ids + len(others)
                others.append(words[position])
            numbers[position] = number
        rows = np.full((len(texts), self.max_length), PADDING, np.int32)
        rows[inside] = numbers[read]
        return rows, others

    def save(self, folder: Path) -> None:
        """Write sequences.json and vocabulary.txt into `folder`, which is made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        header = {"format": self.rule, "max_length": self.max_length, "fingerprint": self.fingerprint}
        (folder / HEADER).write_text(json.dumps(header, indent=2) + "\n", "utf-8")
        (folder / VOCABULARY).write_bytes(self.vocabulary.to_text().encode())

    @classmethod
    def load(cls, folder: Path) -> "Sequences":
        """Return what was saved in `folder`; `DataError` if it is not there, not whole or not ours."""
        try:
            return cls._parse((folder / HEADER).read_bytes(), (folder / VOCABULARY).read_bytes())
        except (ValueError, LookupError, TypeError, RecursionError, OSError) as error:
            raise DataError(
                f"the saved sequences in {folder} cannot be used: {error}; fit and save them again"
            ) from None

    @classmethod
    def _parse(cls, header: bytes, vocabulary: bytes) -> "Sequences":
        fields = json.loads(header)
        rule = fields["format"]
        if rule not in RULES:
            raise ValueError(f"its format number is {rule!r}, not one of {', '.join(map(str, RULES))}")
        max_length = fields["max_length"]
        if type(max_length) is not int:
            raise ValueError(f"max_length in {HEADER} is {max_length!r}, not an integer")
        actual = _fingerprint(rule, max_length, vocabulary)
        if fields["fingerprint"] != actual:
            raise ValueError(f"the fingerprint of its files is {actual}, {HEADER} says {fields['fingerprint']}")
        return cls(Vocabulary.from_text(vocabulary.decode()), max_length, rule)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, start=FIRST_WORD)}

    @cached_property
    def _core(self) -> core.Numbers:
        return core.Numbers(self.rule, self._numbers)

    def _row(self, text: str) -> list[int]:
        find, length = self._numbers.get, self.max_length
        row = [find(word, UNKNOWN) for word in self.tokens(text)[:length]]
        return row + [PADDING] * (length - len(row))


def points(words: Sequence[str]) -> NDArray[np.int32]:
    """Return the code points of words, int32 (n_words, longest + 2): a space on both sides, 0 behind the last.

    Example:
        >>> points(["at", "a"]).tolist()
        [[32, 97, 116, 32], [32, 97, 32, 0]]
    """
    rows = np.zeros((len(words), max(map(len, words), default=0) + 2), np.int32)
    for row, word in zip(rows, words, strict=True):
        row[: len(word) + 2] = [32, *map(ord, word), 32]
    return rows


def _count(texts: list[str]) -> tuple[list[str], list[int], int]:
    """Return the distinct words of `texts`, how often each occurs, and the number of texts."""
    words, ids, lengths = split(texts)
    return words, np.bincount(ids, minlength=len(words)).tolist(), len(lengths)


def _fingerprint(rule: int, max_length: int, vocabulary: bytes) -> str:
    parts = [json.dumps([rule, max_length]).encode(), vocabulary]
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()
