"""Trains word vectors in Python as `kernel` does, with the same random numbers. It takes over without a compiler.

Word2vec with negative sampling (Mikolov et al. 2013), and for BATCH_SKIPGRAM the windows of Ji et al. 2016
(arXiv 1604.04661), whose words predict the centre together, with negative samples in common.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.layout import BATCH_SKIPGRAM, LOGISTIC, SKIPGRAM, STEEP, Arrays, Method
from blazingtext_client.subwords import Subwords

Floats = NDArray[np.float32]
Outputs = tuple[NDArray[np.intp], Floats]
"""Rows of `output`, and 1 for the word to be predicted, 0 for negative samples."""

MOST = 32  # output rows of one step
_MASK = 2**64 - 1


class Chance:
    """SplitMix64's random numbers."""

    def __init__(self, state: int) -> None:
        self.state = state

    def draw(self) -> int:
        """Return 64 random bits.

        Example:
            >>> hex(Chance(1234567).draw())
            '0x599ed017fb08fc85'
        """
        self.state = bits = (self.state + 0x9E3779B97F4A7C15) & _MASK
        bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & _MASK
        return bits ^ bits >> 31

    def word(self, table: NDArray[np.void]) -> int:
        """Return a word of an alias table."""
        bits = self.draw()
        least, other = table[below(bits, len(table))].tolist()
        return below(bits, len(table)) if bits & 0xFFFFFFFF < least else other


def below(bits: int, n: int) -> int:
    """Return a number below n, from the upper half of 64 random bits."""
    return (bits >> 32) * n >> 32


class Trainer:
    """See `kernel.Trainer`."""

    def __init__(self, arrays: Arrays, method: Method) -> None:
        self.arrays, self.method = arrays, method

    def train(self, ids: NDArray[np.int32], alpha: float, state: int) -> tuple[int, int]:
        """See `kernel.Trainer.train`."""
        chance, words = Chance(state), 0
        ends = np.flatnonzero(ids == -1)
        for sentence in np.split(ids, ends + 1):
            whole = sentence[sentence != -1]
            if not self._sentence(whole.tolist(), np.float32(alpha), chance):
                break
            words += len(whole)
        return words, chance.state

    def _sentence(self, words: Sequence[int], alpha: np.float32, chance: Chance) -> bool:
        kept = [word for word in words if word >= 0 and chance.draw() >> 32 <= self.arrays.keep[word]]
        for place, centre in enumerate(kept):
            if self.arrays.stop[0]:
                return False
            reach = 1 + below(chance.draw(), self.method.window)
            contexts = kept[max(0, place - reach) : place] + kept[place + 1 : place + 1 + reach]
            if not contexts:
                continue
            if self.method.mode == BATCH_SKIPGRAM:
                self._batch_skipgram(centre, contexts, alpha, chance)
            elif self.method.mode == SKIPGRAM:
                self._skipgram(centre, contexts, alpha, chance)
            else:
                self._cbow(centre, contexts, alpha, chance)
        return True

    def _batch_skipgram(self, centre: int, contexts: list[int], alpha: np.float32, chance: Chance) -> None:
        for begin in range(0, len(contexts), self.method.batch):
            rows = contexts[begin : begin + self.method.batch]
            inputs = self.arrays.input[rows]
            steps = sum(self._learn(inputs, outputs, alpha) for outputs in self._outputs(centre, chance))
            np.add.at(self.arrays.input, rows, steps)

    def _skipgram(self, centre: int, contexts: list[int], alpha: np.float32, chance: Chance) -> None:
        rows = self._rows([centre])
        before = self.arrays.input[rows].mean(axis=0, keepdims=True)
        hidden = before.copy()
        for context in contexts:
            hidden = hidden + sum(self._learn(hidden, outputs, alpha) for outputs in self._outputs(context, chance))
        np.add.at(self.arrays.input, rows, hidden - before)

    def _cbow(self, centre: int, contexts: list[int], alpha: np.float32, chance: Chance) -> None:
        rows = self._rows(contexts)
        hidden = self.arrays.input[rows].mean(axis=0, keepdims=True)
        np.add.at(
            self.arrays.input,
            rows,
            sum(self._learn(hidden, outputs, alpha) for outputs in self._outputs(centre, chance)),
        )

    def _learn(self, inputs: Floats, outputs: Outputs, alpha: np.float32) -> Floats:
        """Update the outputs, and return what the inputs, float32 (n, dim), gain."""
        words, labels = outputs
        rows = self.arrays.output[words]
        errors: Floats = alpha * (labels - logistic(inputs @ rows.T))
        np.add.at(self.arrays.output, words, errors.T @ inputs)
        gain: Floats = errors @ rows
        return gain

    def _outputs(self, word: int, chance: Chance) -> Iterator[Outputs]:
        """Yield the outputs of a word to be predicted, with its negative samples, in as many steps as they take."""
        words, left, is_first = [word], self.method.negatives, True
        while is_first or left:
            if self.arrays.stop[0]:
                left = 0
            while left and len(words) < MOST:
                left -= 1
                negative = chance.word(self.arrays.negatives)
                if negative != word:
                    words.append(negative)
            labels = np.zeros(len(words), np.float32)
            labels[:1] = is_first
            yield np.array(words, np.intp), labels
            words, is_first = [], False

    def _rows(self, words: Sequence[int]) -> NDArray[np.int64]:
        offsets = self.arrays.offsets
        return np.concatenate([self.arrays.rows[offsets[word] : offsets[word + 1]] for word in words])


def logistic(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)) by the table.

    Example:
        >>> logistic(np.array([-9, 0, 9], np.float32)).tolist()
        [0.0, 0.5, 1.0]
    """
    table: Floats = np.interp(x, np.arange(-8 * STEEP, 8 * STEEP + 1) / STEEP, LOGISTIC, 0, 1).astype(np.float32)
    return table


def subwords(
    words: Sequence[str], minn: int, maxn: int, bucket: int, n_known: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """See `kernel.subwords`."""
    grams, known = Subwords(minn, maxn, bucket), len(words) if n_known is None else n_known
    rows = [
        [number] * (number < known) + [known + one for one in grams.buckets(word)] for number, word in enumerate(words)
    ]
    offsets = np.cumsum([0, *map(len, rows)])
    return offsets, np.array([row for one in rows for row in one], np.int64)
