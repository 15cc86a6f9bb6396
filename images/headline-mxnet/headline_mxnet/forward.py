"""What a trained network says of word ids, computed with NumPy: MXNet's probabilities, and MXNet need not be loaded.

For a few headlines nearly all of MXNet's time goes into starting its operators. And a convolution over words is a sum
of what each word has for each of the filter's places: a product with its vector, made once for each word.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from headline_mxnet import stored
from headline_mxnet.features import WORKSHOP_POOL, WORKSHOP_WIDTH, hashed_pairs, pair_weights, trimmed
from headline_mxnet.stored import Weights

ROWS = 64  # in one pass: what they need stays in the processor's cache
TABLE_BYTES = 2**28  # of the words' products; those of words beyond, the least frequent ones, are made when they come

Floats = NDArray[np.float32]


class Forward:
    """A network of `stored` weights, with the settings it was made for. Threads may share it."""

    def __init__(self, weights: Weights, settings: Mapping[str, Any]) -> None:
        """Raise KeyError or ValueError when the weights are of other settings."""
        self._weights, self._settings = weights, settings
        is_workshop = settings["architecture"] == "workshop"
        self._scores: Callable[[NDArray[np.int32]], Floats] = self._workshop if is_workshop else self._cnn
        self._convolutions = _Convolutions(weights, (WORKSHOP_WIDTH,) if is_workshop else settings["filter_widths"])
        self._pairs = None if is_workshop or not settings["pair_buckets"] else weights["embedding1_weight"]
        n_dense = 1 + is_workshop
        self._dense = [(weights[f"dense{n}_weight"].T, weights[f"dense{n}_bias"]) for n in range(n_dense)]
        expected = 2 * (n_dense + len(self._convolutions.widths)) + 1 + (self._pairs is not None)
        if len(weights) != expected:
            raise ValueError(f"{len(weights)} arrays instead of {expected}")

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Load what `Network.save` wrote; raises UserError when it is damaged, or of other settings."""
        try:
            return cls(stored.read(folder), settings)
        except (KeyError, ValueError, IndexError) as error:
            stored.refuse(folder, error)

    def probabilities(self, ids: NDArray[np.int32]) -> Floats:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length); each row's sum is 1."""
        return softmax(self.scores(ids))

    def scores(self, ids: NDArray[np.int32]) -> Floats:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length), before softmax."""
        parts = [self._scores(trimmed(ids[start : start + ROWS], self._settings)) for start in range(0, len(ids), ROWS)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def weights(self) -> Weights:
        """Return the weights by their names, as `Network.weights` does."""
        return self._weights

    def _cnn(self, ids: NDArray[np.int32]) -> Floats:
        """Do what `blocks.Cnn` does: return float32 (n_records, n_classes)."""
        widest = max(self._convolutions.widths)
        padded = np.zeros((len(ids), ids.shape[1] + widest), np.int32)
        padded[:, :-widest] = ids
        features = [np.maximum(maps.max(axis=1) + bias, 0) for maps, bias in self._convolutions(padded)]
        if self._pairs is not None:
            features.append(_sums_of_pairs(self._pairs, padded[:, : ids.shape[1] + 1]))
        return self._layer(np.concatenate(features, axis=1), 0)

    def _workshop(self, ids: NDArray[np.int32]) -> Floats:
        """Do what `blocks.Workshop` does: return float32 (n_records, n_classes)."""
        ((maps, bias),) = self._convolutions(ids)
        n_pools = maps.shape[1] // WORKSHOP_POOL
        pooled = maps[:, : n_pools * WORKSHOP_POOL].reshape(len(ids), n_pools, WORKSHOP_POOL, -1).max(axis=2)
        flat = np.maximum(pooled + bias, 0).transpose(0, 2, 1).reshape(len(ids), -1)
        return self._layer(np.maximum(self._layer(flat, 0), 0), 1)

    def _layer(self, features: Floats, number: int) -> Floats:
        weights, bias = self._dense[number]
        return features @ weights + bias


class _Convolutions:
    """Filters of several widths over words; with `products` of words, one row of numbers for each word.

    The columns of a row: for each width, and each place in its filters, one number for each filter.
    """

    def __init__(self, weights: Weights, widths: tuple[int, ...]) -> None:
        self.widths = widths
        filters = [weights[f"conv{number}_weight"] for number in range(len(widths))]  # (n_filters, dimension, 1, width)
        self._biases = [weights[f"conv{number}_bias"] for number in range(len(widths))]
        if [each.shape[3] for each in filters] != list(widths):
            raise ValueError(f"no filters of the widths {widths}")
        self._n_filters = len(filters[0])
        self._vectors = weights["embedding0_weight"]
        places = [each[:, :, 0, place].T for each in filters for place in range(each.shape[3])]
        self._filters = np.concatenate(places, axis=1)
        n_words = TABLE_BYTES // self._filters[0].nbytes
        self._table = self._vectors[:n_words] @ self._filters

    def __call__(self, ids: NDArray[np.int32]) -> list[tuple[Floats, Floats]]:
        """Return for each width the maps, float32 (n_records, n_places, n_filters), and the biases to be added."""
        products = self._products(ids)
        results, column = [], 0
        for width, bias in zip(self.widths, self._biases, strict=True):
            n_places = ids.shape[1] - width + 1
            terms = []
            for place in range(width):
                terms.append(products[:, place : place + n_places, column : column + self._n_filters])
                column += self._n_filters
            results.append((reduce(np.add, terms), bias))
        return results

    def _products(self, ids: NDArray[np.int32]) -> Floats:
        products: Floats = self._table.take(ids, axis=0, mode="clip")
        rare = ids >= len(self._table)
        if rare.any():
            products[rare] = self._vectors.take(ids[rare], axis=0) @ self._filters
        return products


def _sums_of_pairs(vectors: Floats, ids: NDArray[np.int32]) -> Floats:
    """Return float32 (n_records, pair_dim): the vectors of word pairs, weighted as in `features.inputs`."""
    pairs = hashed_pairs(ids, len(vectors) - 1)
    sums: Floats = np.matmul(pair_weights(pairs), vectors.take(pairs, axis=0))[:, 0]
    return sums


def softmax(scores: Floats) -> Floats:
    """Return the probabilities of scores, both float32 (n_records, n_classes)."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    probabilities: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities
