"""What is trained, as arrays, and how: the form that `kernel` and `plain` have in common."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BATCH_SKIPGRAM, SKIPGRAM, CBOW = range(3)  # Method.mode

GROUP = 8  # numbers; rows are whole groups, so that a processor loads them without a remainder
LINE = 64  # bytes of a cache line
STEEP = 64  # entries of LOGISTIC for a step of 1

LOGISTIC: NDArray[np.float32] = (1 / (1 + np.exp(-np.arange(-8 * STEEP, 8 * STEEP + 1) / STEEP))).astype(np.float32)
"""The logistic function from -8 to 8, where it is interpolated; it counts as 0 below and 1 above."""

ALIAS = np.dtype([("least", np.uint32), ("other", np.int32)])


@dataclass(frozen=True)
class Method:
    """How word vectors are trained.

    `window` words on each side at most, `negatives` samples for each prediction; of BATCH_SKIPGRAM up to `batch` words
    predict at once.
    """

    mode: int
    window: int
    negatives: int
    batch: int


@dataclass(frozen=True)
class Arrays:
    """The vectors and what training reads, of n words in descending order of frequency.

    `input` is float32 (n + bucket, padded dim), `output` (n, padded dim). Word k has the input rows
    `rows[offsets[k]:offsets[k + 1]]`, which int64 `rows` and `offsets` (n + 1,) hold. A word stays in its sentence when
    32 random bits are at most its `keep`, uint32 (n,). `negatives` is the alias table (n,) of negative samples.
    Training ends when `stop`, uint8 (1,), is not 0.
    """

    input: NDArray[np.float32]
    output: NDArray[np.float32]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]
    keep: NDArray[np.uint32]
    negatives: NDArray[np.void]
    stop: NDArray[np.uint8]


class Weights(NamedTuple):
    """A classifier's: `input` is float32 (n_known + buckets, padded dim), `output` (n_labels, padded dim)."""

    input: NDArray[np.float32]
    output: NDArray[np.float32]


@dataclass(frozen=True)
class TextArrays:
    """What training a classifier reads, of n numbered words.

    Word k has the input rows `rows[offsets[k]:offsets[k + 1]]`, int64, perhaps none, and `hashes`, int32 (n,), for
    n-grams. Training ends when `stop`, uint8 (1,), is not 0.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]
    hashes: NDArray[np.int32]
    stop: NDArray[np.uint8]


@dataclass(frozen=True)
class Grams:
    """How a classifier reads a text, and where the rows of all n-grams begin, `first`: one for each of `buckets`.

    N-grams have 2 to `longest` words, subwords `minn` to `maxn` characters; with a `maxn` of 0 there are none.
    """

    longest: int
    minn: int
    maxn: int
    buckets: int
    first: int


def zeros(n: int, dim: int) -> NDArray[np.float32]:
    """Return n rows of `dim` numbers and their padding; each group lies in one cache line.

    Example:
        >>> rows = zeros(3, 100)
        >>> rows.shape, rows.ctypes.data % LINE
        ((3, 104), 0)
    """
    padded = -(-dim // GROUP) * GROUP
    space = np.zeros(n * padded * 4 + LINE, np.uint8)
    return space[-space.ctypes.data % LINE :][: n * padded * 4].view(np.float32).reshape(n, padded)


def kept(counts: NDArray[np.int64], threshold: float) -> NDArray[np.uint32]:
    """Return `Arrays.keep`: word2vec's chance of a word of frequency f to stay, sqrt(t / f) + t / f."""
    part = threshold * counts.sum() / counts
    bits: NDArray[np.uint32] = (np.minimum(np.sqrt(part) + part, 1) * (2**32 - 1)).astype(np.uint32)
    return bits


def alias(counts: NDArray[np.int64]) -> NDArray[np.void]:
    """Return `Arrays.negatives`: words drawn by their counts to the power of 0.75 (Walker's method, built by Vose's).

    Example:
        >>> table = alias(np.array([16, 1]))  # 8 to 1: the second is drawn where the first does not fill its half
        >>> table["other"].tolist(), (table["least"] / 2**32).round(3).tolist()
        ([0, 0], [1.0, 0.222])
    """
    weights = counts.astype(np.float64) ** 0.75
    share = (weights * (len(counts) / weights.sum())).tolist()
    table = np.zeros(len(counts), ALIAS)
    other = list(range(len(share)))
    small = [word for word, part in enumerate(share) if part < 1]
    large = [word for word, part in enumerate(share) if part >= 1]
    while small and large:
        word = small.pop()
        other[word] = large[-1]
        share[large[-1]] -= 1 - share[word]
        if share[large[-1]] < 1:
            small.append(large.pop())
    for word in small + large:  # 1 but for rounding
        share[word] = 1.0
    table["other"] = other
    table["least"] = np.minimum(np.array(share) * 2**32, 2**32 - 1)
    return table
