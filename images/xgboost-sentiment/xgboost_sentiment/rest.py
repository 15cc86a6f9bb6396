"""Models of one label against the rest, together: margins, probabilities and contributions. One class a booster."""

from collections.abc import Sequence

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from textprep import bagofwords

from xgboost_sentiment.scorers import Contributions, Linear, Trees

Ratios = NDArray[np.float32] | None
"""(n_labels, n_features): what the columns are multiplied by before each label's model sees them; None for nothing."""


def ratios(matrix: csr_matrix, labels: NDArray[np.float32], n_labels: int) -> NDArray[np.float32]:
    """Return the naive-Bayes log-count ratios of each label against the rest."""
    return np.stack([bagofwords.log_count_ratios(matrix, labels == number) for number in range(n_labels)])


def weigh(matrix: csr_matrix, weights: Ratios, number: int) -> csr_matrix:
    """Return the matrix that the model of a label sees."""
    return matrix if weights is None else bagofwords.weigh(matrix.copy(), weights[number])


def probabilities(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_rows, n_labels) with rows that add up to 1: the logistic functions of the margins, over their sum.

    Example:
        >>> probabilities(np.array([[0.0, 0.0], [-5000.0, -5001.0]])).round(3).tolist()
        [[0.5, 0.5], [0.731, 0.269]]
    """
    logs = -np.logaddexp(0, -margins)  # logarithms, since all may be too small to add
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return found


class LinearRest:
    """Linear models as one matrix of weights, those of the columns included."""

    def __init__(self, boosters: Sequence[xgboost.Booster], weights: Ratios) -> None:
        each = [Linear(booster) for booster in boosters]
        self._base = np.array([one.base for one in each])
        self._weights = np.stack([one.weights for one in each], axis=1)
        if weights is not None:
            self._weights *= weights.T

    def margins(self, matrix: csr_matrix) -> NDArray[np.float64]:
        """Return float64 (n_rows, n_labels); the same for a row whatever rows come with it."""
        return matrix @ self._weights + self._base  # type: ignore[no-any-return]

    def contributions(self, row: csr_matrix, number: int) -> Contributions:
        """Explain the margin of a label for a matrix of one row."""
        return Contributions(float(self._base[number]), row.data * self._weights[row.indices, number], 0.0)


class TreesRest:
    """A model of trees for each label."""

    def __init__(self, boosters: Sequence[xgboost.Booster], weights: Ratios) -> None:
        self._each = [Trees(booster) for booster in boosters]
        self._weights = weights

    def margins(self, matrix: csr_matrix) -> NDArray[np.float64]:
        """Return float64 (n_rows, n_labels)."""
        parts = [trees.margins(weigh(matrix, self._weights, number)) for number, trees in enumerate(self._each)]
        return np.stack(parts, axis=1)

    def contributions(self, row: csr_matrix, number: int) -> Contributions:
        """Explain the margin of a label for a matrix of one row; a column that its weight makes zero contributes 0."""
        seen = weigh(row, self._weights, number)
        base, of_seen, absent = self._each[number].contributions(seen)
        stored = np.zeros(len(row.indices))
        stored[np.searchsorted(row.indices, seen.indices)] = of_seen
        return Contributions(base, stored, absent)
