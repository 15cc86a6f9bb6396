"""Models of one label against the rest, together: what they are trained on, and the probabilities of their margins."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from textprep import bagofwords

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
