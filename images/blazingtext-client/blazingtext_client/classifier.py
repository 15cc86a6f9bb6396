"""The labels of a text, by a classifier that this image, fastText or BlazingText made. Trains nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client import kernel, plainclasses
from blazingtext_client.fasttextfile import FastTextFile
from blazingtext_client.layout import Grams
from blazingtext_client.losses import loss_of
from blazingtext_client.whitespace import END_OF_LINE

_ENGINE: Any = kernel if kernel.AVAILABLE else plainclasses
_PIECE = 1 << 16  # rows added up at once: a text may have millions


class Classifier:
    """Predicts as fastText does with the same file."""

    def __init__(self, file: FastTextFile) -> None:
        arguments = file.arguments
        self.labels = file.labels
        self._input, self._output = file.input, file.output[:]
        self._kept = file.kept
        self._index = {**dict.fromkeys(file.labels, -1), **{word: row for row, word in enumerate(file.words)}}
        self._grams = Grams(
            arguments.word_ngrams, arguments.minn, arguments.maxn, max(arguments.bucket, 1), len(file.words)
        )
        self._loss = loss_of(arguments.loss, file.label_counts)

    def predict(self, words: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Return the k most probable labels and their probabilities, descending; none without a word that is known."""
        rows = _ENGINE.features([*words, END_OF_LINE], self._index, self._grams)
        if self._kept is not None:
            rows = self._kept_rows(rows, self._kept)
        if not len(rows):
            return []
        likely = self._loss(self._output @ self._mean(rows))
        best = np.argsort(-likely, kind="stable")[:k] if k > 1 else likely.argmax(axis=0, keepdims=True)
        return [(self.labels[label], float(likely[label])) for label in best.tolist()]

    def _mean(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        total = np.add.reduce(self._input[rows[:_PIECE]])
        for begin in range(_PIECE, len(rows), _PIECE):
            total += np.add.reduce(self._input[rows[begin : begin + _PIECE]])
        mean: NDArray[np.float32] = total / np.float32(len(rows))
        return mean

    def _kept_rows(self, rows: NDArray[np.int64], kept: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the rows of the words and of those n-grams that pruning kept."""
        first = self._grams.first
        buckets = kept[rows[rows >= first] - first]
        return np.concatenate([rows[rows < first], first + buckets[buckets >= 0].astype(np.int64)])
