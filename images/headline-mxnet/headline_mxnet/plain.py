"""The Python code that `linear` does without the extension: the same numbers, some thousand times as slowly."""

import math

import numpy as np
from numpy.typing import NDArray
from textprep.sequences import UNKNOWN

from headline_mxnet.features import hashed_pairs
from headline_mxnet.views import Array, View

_MASK = 2**64 - 1


def _mixed(bits: int) -> int:
    """The finaliser of SplitMix64."""
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & _MASK
    return bits ^ bits >> 31


def grams(words: list[str], least: int, most: int, n_buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Do what `linear.grams` does."""
    starts, buckets = [0], []
    for word in words:
        points = [ord(character) for character in f" {word} "]
        for first in range(len(points)):
            value = 0
            for size, point in enumerate(points[first : first + most], start=1):
                value = (value * 0x100000001B3 + point) & _MASK
                if size >= least:
                    buckets.append(_mixed(value) % n_buckets)
        starts.append(len(buckets))
    return np.array(starts, np.int64), np.array(buckets, np.int32)


def train(
    weights: Array, squares: Array, view: View, ids: NDArray[np.int32], labels: NDArray[np.int32],
    rates: tuple[float, float], dropout: float, state: int,
) -> tuple[float, int]:  # fmt: skip
    """Do what `linear.train` does."""
    loss = 0.0
    for number, (row, label) in enumerate(zip(ids, labels.tolist(), strict=True)):
        kept, state = _kept(view, row, dropout, state)
        scores = np.zeros(weights.shape[1], np.float32)
        for feature in kept:
            scores += weights[feature]
        of_record, errors = _errors(scores, label)
        loss += of_record
        rate = np.float32(rates[0] + (rates[1] - rates[0]) * number / len(ids))
        for feature in kept:  # one after another: a feature may be there twice
            squares[feature] += errors * errors
            weights[feature] -= rate * errors / np.sqrt(squares[feature] + np.float32(1e-8))
    return loss, state


def train_hidden(
    weights: Array, squares: Array, top: Array, top_squares: Array, view: View, ids: NDArray[np.int32],
    labels: NDArray[np.int32], rates: tuple[float, float], dropout: float, state: int,
) -> tuple[float, int]:  # fmt: skip
    """Do what `hidden.train` does."""
    loss, small = 0.0, np.float32(1e-8)
    for number, (row, label) in enumerate(zip(ids, labels.tolist(), strict=True)):
        kept, state = _kept(view, row, dropout, state)
        units = top[-1].copy()
        for feature in kept:
            units += weights[feature]
        units = np.maximum(units, 0)
        of_record, errors = _errors(top[:-1] @ units, label)
        loss += of_record
        rate = np.float32(rates[0] + (rates[1] - rates[0]) * number / len(ids))
        gradients = np.where(units > 0, errors @ top[:-1], np.float32(0))
        of_top = np.concatenate([np.outer(errors, units), gradients[None]])
        top_squares += of_top * of_top
        top -= np.float32(0.1) * rate * of_top / np.sqrt(top_squares + small)
        for feature in kept:
            squares[feature] += np.mean(gradients * gradients)
            weights[feature] -= rate / np.sqrt(squares[feature] + small) * gradients
    return loss, state


def _kept(view: View, row: NDArray[np.int32], dropout: float, state: int) -> tuple[list[int], int]:
    """The features that are not dropped, and the random numbers' state after that."""
    kept, dropped = [], int(dropout * 2**32)
    for feature in _features(view, row):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        if _mixed(state) >> 32 >= dropped:
            kept.append(feature)
    return kept, state


def _errors(scores: Array, label: int) -> tuple[float, Array]:
    """The loss, and the gradient for each score."""
    powers = np.exp(scores - scores.max())
    errors = powers / powers.sum()
    errors[label] -= 1
    return math.log(powers.sum()) - float(scores[label] - scores.max()), errors


def _features(view: View, row: NDArray[np.int32]) -> list[int]:
    """The rows of a headline's features, in the order of the C code."""
    found: list[int] = []
    before = 0
    for number in row.tolist():
        if number:
            found += view.rows[view.starts[number] : view.starts[number + 1]].tolist()
        known = number if number < view.n_known else UNKNOWN
        if view.n_buckets and before and known:
            pair = np.array([[before, known]], np.int32)
            found.append(view.pairs + int(hashed_pairs(pair, view.n_buckets)[0, 0]) - 1)
        before = known
    return found


def scores(known: Array, others: Array, pairs: Array, ids: NDArray[np.int32]) -> Array:
    """Do what `linear.scores` does."""
    words = np.concatenate([known, others])
    found: Array = (words[ids] * (ids > 0)[:, :, None]).sum(axis=1, dtype=np.float32)
    if len(pairs):
        numbers = hashed_pairs(np.where(ids < len(known), ids, UNKNOWN), len(pairs))
        found += (pairs[numbers - 1] * (numbers > 0)[:, :, None]).sum(axis=1)
    return found
