"""Models of one label against the rest, together: what they are trained on, and the probabilities of their margins."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from textprep import bagofwords
from textprep.specification import Norm, Weighting

Ratios = NDArray[np.float32] | None
"""(n_labels, n_features): what the columns are multiplied by before each label's model sees them; None for nothing."""


def ratios(matrix: csr_matrix, labels: NDArray[np.float32], n_labels: int, weighting: Weighting) -> Ratios:
    """Return the weights of the columns of each label against the rest."""
    found = [bagofwords.column_weights(weighting, matrix, labels == number) for number in range(n_labels)]
    return None if weighting == "none" else np.stack([each for each in found if each is not None])


def weigh(matrix: csr_matrix, weights: Ratios, number: int, norm: Norm) -> csr_matrix:
    """Return the matrix that the model of a label sees. Without weights the rows have their norm already."""
    if weights is None:
        return matrix
    weighted = bagofwords.weigh(matrix.copy(), weights[number])
    return bagofwords.normalise(weighted) if norm == "l2" else weighted


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
