"""Training and scores of a linear model in C. Where the extension could not be built, `plain` does the same slowly."""

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headline_mxnet import plain
from headline_mxnet.views import Array, View

_core: Any = None
with suppress(ImportError):
    _core = import_module("headline_mxnet._linear")

AVAILABLE = _core is not None
"""Whether the C code is there."""


def grams(words: Sequence[str], least: int, most: int, n_buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the buckets of each word's n-grams of `least` to `most` characters, a space on both sides counted.

    int64 (n_words + 1,), where the word's begin, and int32 (n_grams,), each from 0 to `n_buckets` - 1.

    Example:
        >>> starts, buckets = grams(["at", "a"], 3, 4, 100)  # " at", "at ", " at "; " a "
        >>> starts.tolist(), len(buckets)
        ([0, 3, 4], 4)
    """
    if _core is None:
        return plain.grams(list(words), least, most, n_buckets)
    text = "".join(f" {word} " for word in words).encode("utf-32-le")
    ends = np.fromiter(accumulate((len(word) + 2 for word in words), initial=0), np.int64, len(words) + 1)
    starts, buckets = _core.grams(text, ends, least, most, n_buckets)
    return np.frombuffer(starts, np.int64), np.frombuffer(buckets, np.int32)


def train(
    weights: Array, squares: Array, view: View, ids: NDArray[np.int32], labels: NDArray[np.int32],
    rates: tuple[float, float], dropout: float, state: int,
) -> tuple[float, int]:  # fmt: skip
    """Train on headlines in their order, in place: multinomial logistic regression by AdaGrad.

    `weights` and AdaGrad's `squares`, float32 (n_rows, n_classes); word numbers `ids`, int32 (n_headlines, length);
    `labels`, int32 (n_headlines,). The rate falls from the first of `rates` to the second; of the features the
    part `dropout` is left out, drawn from `state`. Returns the sum of the losses, and the state after it.
    """
    if _core is None:
        return plain.train(weights, squares, view, ids, labels, rates, dropout, state)
    loss, state = _core.train(
        weights, squares, tuple(view), ids, labels, weights.shape[1], ids.shape[1], *rates, dropout, state
    )
    return loss, state


def scores(known: Array, others: Array, pairs: Array, ids: NDArray[np.int32]) -> Array:
    """Return float32 (n_headlines, n_classes): what the words and the pairs of each headline add up to.

    Word number k adds row k of `known`, or of `others` from `len(known)` on, 0 aside; a pair of neighbours adds one row
    of `pairs`, in which words from `len(known)` on count as unknown. All have n_classes columns, in float32; `ids` are
    int32 (n_headlines, length).
    """
    if _core is None:
        return plain.scores(known, others, pairs, ids)
    n_classes = known.shape[1]
    found = _core.scores(known, others, pairs, np.ascontiguousarray(ids), n_classes, ids.shape[1])
    return np.frombuffer(found, np.float32).reshape(len(ids), n_classes)
