"""Numbers of words, in files, one for each thread that will train on them.

Memory holds a piece of each file, never the whole.
"""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.whitespace import LINE_END

END = -1  # stands after each sentence
DEAL = 10_000  # words that go to one part before the next has its turn
CHUNK = 10_000  # numbers that a thread trains with one learning rate, as word2vec does
MIXED = 64  # chunks from all over a file that are trained together
PIECE = 1 << 18  # numbers held or read at a time


class Numbers(dict[str, int]):
    """Numbers words from 0 in the order in which they first appear; LINE_END has END."""

    def __init__(self) -> None:
        super().__init__({LINE_END: END})

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self) - 1
        return number

    @property
    def words(self) -> list[str]:
        """The words by their numbers."""
        return [word for word, number in self.items() if number >= 0]

    def of(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the numbers of words, new ones too."""
        return np.fromiter(map(self.__getitem__, words), np.int32, len(words))


@dataclass
class Part:
    """A file of int32 numbers with END after each sentence; `tokens` of them are words.

    It has chunks of CHUNK numbers at most, except of longer sentences; `ends` says before which number each ends.
    """

    path: Path
    tokens: int = 0
    ends: "array[int]" = field(default_factory=lambda: array("q"), repr=False)

    def chunks(self, first: int = 0) -> Iterator[NDArray[np.int32]]:
        """Yield the chunks, one after the other, from number `first` on."""
        with self.path.open("rb") as file:
            for begin, end in list(pairwise([0, *self.ends]))[first:]:
                yield self._chunk(file, begin, end)

    @property
    def pieces(self) -> int:
        """How many `mixed` yields."""
        return -(-len(self.ends) // MIXED)

    def mixed(self, generator: np.random.Generator, first: int = 0) -> Iterator[NDArray[np.int32]]:
        """Yield the pieces from number `first` on: all chunks in random order, MIXED of them at a time.

        What stands together in the file is thus not trained together.
        """
        begins = [0, *self.ends]
        with self.path.open("rb") as file:
            order = generator.permutation(len(self.ends)).tolist()
            for place in range(first * MIXED, len(order), MIXED):
                some = order[place : place + MIXED]
                yield np.concatenate([self._chunk(file, begins[n], self.ends[n]) for n in some])

    @staticmethod
    def _chunk(file: BinaryIO, begin: int, end: int) -> NDArray[np.int32]:
        file.seek(begin * 4)
        return np.fromfile(file, np.int32, end - begin)


@dataclass
class _Open:
    part: Part
    file: BinaryIO
    held: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, numbers: NDArray[np.int32]) -> None:
        """Add whole sentences. A chunk ends before the sentence that it has no room for."""
        ends, begin = np.flatnonzero(numbers == END) + 1, 0
        while begin < len(numbers):
            fitting = ends.searchsorted(begin + CHUNK - len(self.held), "right")
            end = int(ends[fitting - 1]) if fitting else 0
            if end <= begin:
                if self.held:
                    self.flush()
                    continue
                end = int(ends[ends.searchsorted(begin, "right")])  # one is longer than a chunk
            self.held.frombytes(numbers[begin:end].tobytes())
            begin = end

    def flush(self) -> None:
        if self.held:
            self.held.tofile(self.file)
            self.part.ends.append(len(self.held) + (self.part.ends[-1] if self.part.ends else 0))
            del self.held[:]


class Dealer:
    """Deals sentences out to the hosts and their parts, some after each other to one before the next has its turn.

    The parts are those of host `rank`; what other hosts get is passed over.
    """

    def __init__(self, opened: list[_Open], hosts: int, rank: int) -> None:
        self._opened, self._hosts, self._rank, self._dealt = opened, hosts, rank, 0

    def add(self, numbers: NDArray[np.int32], words: NDArray[np.int64]) -> None:
        """Add sentences with END after each; `words` counts each one's words, without labels and ends of lines."""
        if not len(words):
            return
        ends = np.flatnonzero(numbers == END) + 1
        turns = (self._dealt + np.cumsum(words) - words) // DEAL
        self._dealt += int(words.sum())
        for first, last in pairwise([0, *np.flatnonzero(np.diff(turns)) + 1, len(words)]):
            turn, host = divmod(int(turns[first]), self._hosts)
            if host == self._rank:
                to = self._opened[turn % len(self._opened)]
                to.add(numbers[ends[first - 1] if first else 0 : ends[last - 1]])
                to.part.tokens += int(words[first:last].sum())


@contextmanager
def deal(folder: Path, parts: int, hosts: int = 1, rank: int = 0) -> Iterator[tuple[Dealer, list[Part]]]:
    """Yield what deals sentences out to at most `parts` new files in `folder`, and the list that has them at the end.

    Of `hosts` that read the same this is number `rank`. Few sentences take fewer parts.
    """
    used: list[Part] = []
    with ExitStack() as stack:
        paths = [folder / f"part-{number}" for number in range(parts)]
        opened = [_Open(Part(path), stack.enter_context(path.open("wb"))) for path in paths]
        yield Dealer(opened, hosts, rank), used
        for one in opened:
            one.flush()
        used += [one.part for one in opened if one.part.tokens]


def counts(parts: list[Part], n_words: int, n_labels: int = 0) -> NDArray[np.int64]:
    """Return how often each number occurs, int64 (n_labels + n_words,).

    Words are counted from 0; labels, if there are any, are -2, -3 and so on, and come first, the last one foremost.
    """
    result = np.zeros(n_labels + 1 + n_words, np.int64)
    for part in parts:
        with part.path.open("rb") as file:
            while len(ids := np.fromfile(file, np.int32, max(PIECE, n_words))):
                result += np.bincount(ids + (n_labels + 1), minlength=len(result))
    return np.delete(result, n_labels)
