"""Training of word vectors in C, over arrays that threads share: the same as `plain`, some thousand times as fast.

Where the extension could not be built `AVAILABLE` is false, and `plain` takes its place.
"""

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.layout import LOGISTIC, Arrays, Method

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


def subwords(words: Sequence[str], minn: int, maxn: int, bucket: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the input rows of each word as offsets and rows: its own, then those of its subwords behind all words."""
    offsets, rows = _kernel.subwords(list(words), minn, maxn, bucket)
    return np.frombuffer(offsets, np.int64), np.frombuffer(rows, np.int64)
