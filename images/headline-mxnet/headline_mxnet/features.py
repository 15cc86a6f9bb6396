"""Rows of word ids to what a network is given. Knows no MXNet."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORKSHOP_WIDTH, WORKSHOP_POOL = 3, 5  # of the filters of the workshop's network, and of its pooling

Inputs = list[NDArray[Any]]


def inputs(ids: NDArray[np.int32], settings: Mapping[str, Any]) -> Inputs:
    """Return new arrays, which the network of these settings takes for int32 `ids` (n_records, length).

    `architecture` workshop: the ids alone. cnn: the ids with as many columns of padding behind them as the widest
    filter has words, so that each filter sees padding alone at least once, and the result is the same with more of it;
    with `pair_buckets` also the rows of the word pairs, int32 (n_records, length - 1), and float32 weights
    (n_records, 1, length - 1) that sum a record's pairs, divided by the square root of their number.
    """
    if settings["architecture"] == "workshop":
        return [ids.copy()]
    padded = np.pad(ids, ((0, 0), (0, max(settings["filter_widths"]))))
    if not settings["pair_buckets"]:
        return [padded]
    pairs = hashed_pairs(padded[:, : ids.shape[1] + 1], settings["pair_buckets"])
    return [padded, pairs, pair_weights(pairs)]


def pair_weights(pairs: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return float32 (n_records, 1, length - 1), which sum the pairs of `hashed_pairs`: see `inputs`.

    Example:
        >>> pair_weights(np.array([[7, 0, 9, 9, 9]], np.int32)).tolist()
        [[[0.5, 0.0, 0.5, 0.5, 0.5]]]
    """
    there = (pairs > 0).astype(np.float32)
    there /= np.sqrt(np.maximum(there.sum(axis=1, keepdims=True), 1))
    return there[:, None, :]


def trimmed(ids: NDArray[np.int32], settings: Mapping[str, Any]) -> NDArray[np.int32]:
    """Return `ids` (n_records, length) without the last columns where all is padding, which change no result.

    `architecture` workshop takes rows of one length: they are returned as they are.

    Example:
        >>> trimmed(np.array([[5, 0, 0], [6, 7, 0]], np.int32), {"architecture": "cnn"}).tolist()
        [[5, 0], [6, 7]]
    """
    if settings["architecture"] == "workshop":
        return ids
    longest = int(np.flatnonzero(ids.any(axis=0)).max(initial=0)) + 1
    return ids[:, :longest]


def hashed_pairs(ids: NDArray[np.int32], buckets: int) -> NDArray[np.int32]:
    """Return int32 (n_records, length - 1): a number from 1 to `buckets` for a pair of words, 0 where one is padding.

    The hash is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).

    Example:
        >>> hashed_pairs(np.array([[5, 6, 5, 6, 0]], np.int32), 1000).tolist()
        [[124, 491, 124, 0]]
    """
    first, second = ids[:, :-1].astype(np.uint64), ids[:, 1:].astype(np.uint64)
    mixed = (first << np.uint64(32)) + second + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    numbers = (mixed ^ (mixed >> np.uint64(31))) % np.uint64(buckets) + np.uint64(1)
    return np.where((first > 0) & (second > 0), numbers, 0).astype(np.int32)
