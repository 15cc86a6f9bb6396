"""From rows to margins, and to what each column contributes to them. Reads no files and needs no XGBoost."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from textprep.pipeline import Rows


class Contributions(NamedTuple):
    """Why a row has its margin: `base` + `stored`.sum() + `absent` is the margin, to 1e-5.

    `stored` (n_stored,): one value for each entry of the row; `absent`: that of all columns that are zero in it.
    """

    base: float
    stored: NDArray[np.float64]
    absent: float


class Linear:
    """Linear models of the same columns: sums of products, in a few microseconds a row.

    `weights`, float32 (n_models, n_features + 1): each model's, the last that of a column of ones. With `scales`,
    float32 (n_models, n_features), the products of a row are divided by its length after the columns are multiplied by
    the model's scales.
    """

    def __init__(self, weights: NDArray[np.float32], scales: NDArray[np.float32] | None = None) -> None:
        self._weights = [np.ascontiguousarray(each[:-1]) for each in weights]
        self._bases = weights[:, -1].astype(np.float64).tolist()
        self._scales = scales

    @property
    def simple(self) -> tuple[NDArray[np.float32], float] | None:
        """The weights of the columns and of the column of ones, if it is a single model without scales."""
        return None if len(self._weights) > 1 or self._scales is not None else (self._weights[0], self._bases[0])

    def margins(self, rows: Rows) -> NDArray[np.float64]:
        """Return float64 (n_rows, n_models); the same for a row whatever rows come with it."""
        margins = np.empty((len(rows.starts) - 1, len(self._weights)))
        for number, base in enumerate(self._bases):
            margins[:, number] = sums(self._products(rows, number), rows.starts)
            margins[:, number] += base
        return margins

    def contributions(self, rows: Rows, number: int) -> Sequence[Contributions]:
        """Explain the margins of a model, row by row: exactly, as each is the sum of its products."""
        products, base, starts = self._products(rows, number), self._bases[number], rows.starts.tolist()
        return [Contributions(base, products[start:end], 0.0) for start, end in pairwise(starts)]

    def _products(self, rows: Rows, number: int) -> NDArray[np.float64]:
        products: NDArray[np.float64]
        products = np.multiply(rows.values, self._weights[number].take(rows.features), dtype=np.float64)
        if self._scales is not None:
            scaled = np.multiply(rows.values, self._scales[number].take(rows.features), dtype=np.float64)
            lengths = np.sqrt(sums(scaled**2, rows.starts))
            products /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(rows.starts))
        return products


def sums(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of each row's entries, float64 (n_rows,), always added in the same order.

    Example:
        >>> sums(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 2, 3]))
        array([3., 0., 3.])
    """
    found = np.zeros(len(starts) - 1)
    is_full = starts[:-1] < starts[1:]  # `reduceat` has no empty parts: it takes the entry at their start
    if len(values):
        found[is_full] = np.add.reduceat(values, starts[:-1][is_full])
    return found
