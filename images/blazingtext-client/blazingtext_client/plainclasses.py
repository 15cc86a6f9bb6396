"""Trains text classes in Python as `kernel` does, with the same random numbers. It takes over without a compiler.

A softmax over the mean of the rows of a text's words and n-grams, by stochastic gradient descent, as fastText has it
(Joulin et al. 2016, arXiv 1607.01759).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.layout import Grams, TextArrays, Weights
from blazingtext_client.plain import Chance, Floats, below, subwords
from blazingtext_client.subwords import Subwords, fnv
from blazingtext_client.whitespace import LABEL

__all__ = ["TextTrainer", "features", "hashes", "subwords"]

_FACTOR, _MASK = 116049371, 2**64 - 1


class TextTrainer:
    """See `kernel.TextTrainer`."""

    def __init__(self, weights: Weights, arrays: TextArrays, grams: Grams) -> None:
        self.weights, self.arrays, self.grams = weights, arrays, grams

    def train(self, ids: NDArray[np.int32], alpha: float, fall: float, state: int) -> tuple[int, int]:
        """See `kernel.TextTrainer.train`."""
        chance, words = Chance(state), 0
        texts = list(_texts(ids))
        for left in range(len(texts), 1, -1):
            place = below(chance.draw(), left)
            texts[left - 1], texts[place] = texts[place], texts[left - 1]
        for labels, text in texts:
            if self.arrays.stop[0]:
                break
            rows = self._rows(text)
            if labels and len(rows):
                rate = np.float32(alpha) - np.float32(fall) * np.float32(words)
                self._learn(rows, labels[below(chance.draw(), len(labels))], max(rate, np.float32(0)))
            words += sum(word > 0 for word in text)
        return words, chance.state

    def right(self, ids: NDArray[np.int32]) -> int:
        """See `kernel.TextTrainer.right`."""
        count = 0
        for labels, text in _texts(ids):
            rows = self._rows(text)
            if len(rows):
                count += int((self.weights.output @ self._hidden(rows)).argmax()) in labels
        return count

    def _learn(self, rows: NDArray[np.int64], label: int, alpha: np.float32) -> None:
        hidden, output = self._hidden(rows), self.weights.output
        scores = output @ hidden
        likely = np.exp(scores - scores.max())
        errors: Floats = -alpha * (likely / likely.sum())
        errors[label] += alpha
        gain = errors @ output
        output += np.outer(errors, hidden)
        np.add.at(self.weights.input, rows, gain * np.float32(1 / len(rows)))

    def _hidden(self, rows: NDArray[np.int64]) -> Floats:
        mean: Floats = self.weights.input[rows].mean(axis=0)
        return mean

    def _rows(self, words: Sequence[int]) -> NDArray[np.int64]:
        offsets, rows = self.arrays.offsets, self.arrays.rows
        own = [row for word in words for row in rows[offsets[word] : offsets[word + 1]].tolist()]
        return np.array([*own, *_ngrams(self.arrays.hashes[list(words)].tolist(), self.grams)], np.int64)


def hashes(words: Sequence[str]) -> NDArray[np.int32]:
    """See `kernel.hashes`.

    Example:
        >>> hashes(["", "é"]).tolist()
        [-2128831035, 1023043777]
    """
    return np.array([fnv(word) for word in words], np.uint32).view(np.int32)


def features(words: Sequence[str], index: Mapping[str, int], grams: Grams) -> NDArray[np.int64]:
    """See `kernel.features`."""
    kept = [word for word in words if (index[word] >= 0 if word in index else not word.startswith(LABEL))]
    parts = Subwords(grams.minn, grams.maxn, grams.buckets)
    rows: list[int] = []
    for word in kept:
        rows += [index[word]] if word in index else []
        rows += [grams.first + bucket for bucket in parts.buckets(word)]
    return np.array([*rows, *_ngrams(hashes(kept).tolist(), grams)], np.int64)


def _texts(ids: NDArray[np.int32]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the labels, counted from 0, and the words of each text."""
    for text in np.split(ids, np.flatnonzero(ids == -1) + 1):
        numbers = text[text != -1].tolist()
        if len(text):
            yield [-2 - one for one in numbers if one < 0], [one for one in numbers if one >= 0]


def _ngrams(hashes: Sequence[int], grams: Grams) -> Iterator[int]:
    """Yield the row of each n-gram. fastText widens hashes as signed numbers."""
    for place, first in enumerate(hashes):
        value = first & _MASK
        for other in hashes[place + 1 : place + grams.longest]:
            value = (value * _FACTOR + other) & _MASK
            yield grams.first + value % grams.buckets
