"""Training in C, over arrays that threads share: the same as `plain` and `plainclasses`, some thousand times as fast.

Where the extension could not be built `AVAILABLE` is false, and these two take its place.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.layout import LOGISTIC, Arrays, Grams, Method, TextArrays, Weights

_kernel: Any = None
with suppress(ImportError):
    _kernel = import_module("blazingtext_client._kernel")

AVAILABLE = _kernel is not None
"""Whether the C code is there."""


class Trainer:
    """Trains `arrays` in place. Threads may call one at once, without locks; with one thread it repeats exactly."""

    def __init__(self, arrays: Arrays, method: Method) -> None:
        shared = (
            arrays.input, arrays.output, arrays.keep, arrays.negatives, LOGISTIC, arrays.stop, arrays.offsets,
            arrays.rows,
        )  # fmt: skip
        self._model = _kernel.model(
            shared, arrays.input.shape[1], method.mode, method.window, method.negatives, method.batch
        )

    def train(self, ids: NDArray[np.int32], alpha: float, state: int) -> tuple[int, int]:
        """Train whole sentences, separated by -1, where other negative numbers are unknown words.

        `state` is that of the random numbers. Returns how many words were trained, unknown ones included, and the
        state after them. Ends early when `arrays.stop` is not 0.
        """
        words, state = _kernel.train(self._model, ids, alpha, state)
        return words, state


class TextTrainer:
    """Trains a classifier's `weights` in place. Threads may call one at once, as a `Trainer`."""

    def __init__(self, weights: Weights, arrays: TextArrays, grams: Grams) -> None:
        shared = *weights, arrays.hashes, arrays.stop, arrays.offsets, arrays.rows
        self._model = _kernel.classes(shared, weights.input.shape[1], grams.longest, grams.buckets, grams.first)

    def train(self, ids: NDArray[np.int32], alpha: float, fall: float, state: int) -> tuple[int, int]:
        """Train whole texts: numbers of labels, -2 of the first label, -3 of the second, then those of words, then -1.

        They are trained in random order, each with one of its labels, by the random numbers' `state`, and with a
        learning rate of `alpha`, less `fall` for each word before it. Returns how many words were trained, all but word
        0, the end of a line, and the state after them. Ends early when `arrays.stop` is not 0.
        """
        words, state = _kernel.train_texts(self._model, ids, alpha, fall, state)
        return words, state

    def right(self, ids: NDArray[np.int32]) -> int:
        """Return how many texts have the most probable label; of a tie the first label counts."""
        right: int = _kernel.right_texts(self._model, ids)
        return right


def hashes(words: Sequence[str]) -> NDArray[np.int32]:
    """Return fastText's hash of each word."""
    return np.frombuffer(_kernel.hashes(list(words)), np.int32)


def features(words: Sequence[str], index: Mapping[str, int], grams: Grams) -> NDArray[np.int64]:
    """Return the input rows of a text: of each word its `index` and its subwords, then of the n-grams.

    Left out are words whose index is negative, and unknown ones that look like a label.
    """
    rows = _kernel.features(list(words), index, grams.first, grams.minn, grams.maxn, grams.longest, grams.buckets)
    return np.frombuffer(rows, np.int64)


def subwords(
    words: Sequence[str], minn: int, maxn: int, bucket: int, n_known: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the input rows of each word as offsets and rows: its own, then those of its subwords behind all words.

    With `n_known` only as many words, the first ones, have a row of their own, and the subwords' are behind these.
    """
    offsets, rows = _kernel.subwords(list(words), len(words) if n_known is None else n_known, minn, maxn, bucket)
    return np.frombuffer(offsets, np.int64), np.frombuffer(rows, np.int64)
