"""Runs of adjacent words as integers. Knows numbers only: words become numbers in `vocabulary`.

Documents are one int32 array, `ids`: the unigram numbers of their words. A negative number is a gap that no n-gram
crosses: a word outside the vocabulary, or the end of a document (see `with_gaps`).

The key of an n-gram is `i * (n_unigrams + 1) + j`: i is the position of its first n-1 words among the (n-1)-grams that
are features, j the number of its last word; a gap makes a key that no n-gram has. So keys stay below features times
unigrams, whatever n is, and cannot overflow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textprep import core

Ids = NDArray[np.int32]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NGrams:
    """The n-grams that are features: `keys[0]` int64 (n_bigrams,) ascending, `keys[1]` the trigrams', and so on.

    Features are numbered unigrams first, then bigrams in the order of their keys, then trigrams.
    """

    n_unigrams: int
    keys: tuple[Integers, ...]

    @property
    def n_features(self) -> int:
        """Unigrams and n-grams together."""
        return self.n_unigrams + sum(map(len, self.keys))

    @classmethod
    def learn(cls, ids: Ids, *, longest: int, min_count: int, size: int) -> "NGrams":
        """Keep the `size` most frequent unigrams and n-grams of up to `longest` words, each `min_count` times or more.

        `ids` must be numbered by falling frequency. Among equally frequent ones shorter come first, then those with
        smaller numbers. As no n-gram is more frequent than its parts, the parts of a kept n-gram are kept.

        Example:
            >>> ids = np.array([0, 1, -1, 0, 1, -1, 0, 2, -1], np.int32)  # "a b", "a b", "a c"
            >>> NGrams.learn(ids, longest=2, min_count=1, size=4)         # a, b, c and "a b", not "a c"
            NGrams(n_unigrams=3, keys=(array([1]),))
        """
        positions = np.flatnonzero(ids >= 0).astype(np.int32 if len(ids) < 2**31 else np.int64)
        index = ids[positions]
        counts = [np.bincount(index)]
        n_unigrams = len(counts[0])
        keys: list[Integers] = []
        for n in range(2, longest + 1):
            known = ids[positions + (n - 1)] >= 0
            positions, wanted = positions[known], index[known].astype(np.int64)
            wanted *= n_unigrams + 1
            wanted += ids[positions + (n - 1)]
            if core.AVAILABLE:
                frequent, count, index = core.count(wanted, min_count)
                del wanted, known
                positions, index = positions[index >= 0], index[index >= 0]
            else:
                found, count = np.unique(wanted, return_counts=True)
                frequent, count = found[count >= min_count], count[count >= min_count]
                positions, index = _look_up(positions, wanted, frequent)
            keys.append(frequent)
            counts.append(count)
        return cls(n_unigrams, tuple(keys)).first(counts, size)

    def first(self, counts: Sequence[Integers], size: int) -> "NGrams":
        """Keep the `size` features with the highest `counts`, int64 arrays for each length from 1; see `learn`."""
        order = np.argsort(-np.concatenate(counts), kind="stable")
        keep = np.zeros(len(order), bool)
        keep[order[:size]] = True
        levels = np.split(keep, np.cumsum([len(count) for count in counts])[:-1])
        n_unigrams = int(levels[0].sum())
        keys = []
        for shorter, level, old in zip(levels[:-1], levels[1:], self.keys, strict=True):
            prefix, last = np.divmod(old[level], self.n_unigrams + 1)
            keys.append((np.cumsum(shorter) - 1)[prefix] * (n_unigrams + 1) + last)
        return NGrams(n_unigrams, tuple(keys))

    def check(self) -> None:
        """Raise `ValueError` unless every key is that of an n-gram and the keys of each length ascend."""
        shorter, base = self.n_unigrams, self.n_unigrams + 1
        for n, keys in enumerate(self.keys, start=2):
            if (np.diff(keys, prepend=-1) <= 0).any() or ((keys >= shorter * base) | (keys % base == base - 1)).any():
                raise ValueError(f"the keys of its {n}-grams are out of range or not in ascending order")
            shorter = len(keys)

    def find(self, ids: Ids) -> Iterator[tuple[Integers, Integers]]:
        """Yield, for each length from 1, where in `ids` features start and which they are, in any order."""
        positions = (ids >= 0).nonzero()[0]
        index = ids[positions].astype(np.int64)
        yield positions, index
        first = self.n_unigrams
        for n, keys in enumerate(self.keys, start=2):
            wanted = index * (self.n_unigrams + 1) + ids[positions + (n - 1)]
            positions, index = _look_up(positions, wanted, keys)
            yield positions, index + first
            first += len(keys)

    def longer(self, ids: Ids) -> Integers:
        """Return the key of each n-gram in `ids` that is a longest one of these and one word more, in any order.

        Example:
            >>> NGrams(3, ()).longer(np.array([0, 1, -1, 1, 2, 0, -1], np.int32))
            array([1, 6, 8])
        """
        *_, (positions, index) = self.find(ids)
        longest = len(self.keys[-1]) if self.keys else self.n_unigrams
        last = ids[positions + len(self.keys) + 1]
        known = last >= 0
        keys: Integers = (index[known] - (self.n_features - longest)) * (self.n_unigrams + 1) + last[known]
        return keys

    def words(self, feature: int) -> tuple[int, ...]:
        """Return the unigram numbers of a feature.

        Example:
            >>> NGrams(3, (np.array([1]),)).words(3)
            (0, 1)
        """
        if feature < self.n_unigrams:
            return (feature,)
        level, position = 0, feature - self.n_unigrams
        while position >= len(self.keys[level]):
            position -= len(self.keys[level])
            level += 1
        last: list[int] = []
        for keys in self.keys[level::-1]:
            position, word = divmod(int(keys[position]), self.n_unigrams + 1)
            last.insert(0, word)
        return (position, *last)


def with_gaps(ids: Ids, lengths: Integers) -> tuple[Ids, Integers]:
    """Put a gap after each document of `ids`, given the documents' lengths; return the longer `ids` and lengths.

    Example:
        >>> with_gaps(np.array([5, 6, 7]), np.array([2, 0, 1]))
        (array([ 5,  6, -1, -1,  7, -1]), array([3, 1, 2]))
    """
    return np.insert(ids, np.cumsum(lengths), -1), lengths + 1


def _look_up(positions: Integers, wanted: Integers, keys: Integers) -> tuple[Integers, Integers]:
    """Return the `positions` whose `wanted` key is one of `keys`, and its place there."""
    if not len(keys):
        return positions[:0], wanted[:0]
    order = np.argsort(wanted)  # searched in ascending order, `keys` stays in the processor's cache: 3 times as fast
    wanted = wanted[order]
    place = np.searchsorted(keys, wanted)
    hit = keys.take(place, mode="clip") == wanted
    return positions[order[hit]], place[hit]
