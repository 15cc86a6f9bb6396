"""What the held-out test data say of a finished model. Trains nothing."""

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.5
"""A score above it means class 1, and one of exactly 0.5 class 0, as in XGBoost's own metric `error`."""


def classes(labels: NDArray[np.float32], scores: NDArray[np.float64]) -> dict[str, float]:
    """Return accuracy and the four counts of the confusion matrix.

    Example:
        >>> classes(np.array([0, 1, 1]), np.array([0.1, 0.9, 0.2]))["test:false_negatives"]
        1
    """
    positive, truly = scores > THRESHOLD, labels == 1
    return {
        "test:accuracy": float(np.mean(positive == truly)),
        "test:true_negatives": int(np.sum(~positive & ~truly)),
        "test:false_positives": int(np.sum(positive & ~truly)),
        "test:false_negatives": int(np.sum(~positive & truly)),
        "test:true_positives": int(np.sum(positive & truly)),
    }


def numbers(labels: NDArray[np.float32], scores: NDArray[np.float64]) -> dict[str, float]:
    """Return the root of the mean squared error, and the mean absolute error.

    Example:
        >>> numbers(np.array([1.0, 3.0]), np.array([1.0, 1.0]))["test:mae"]
        1.0
    """
    errors = scores - labels
    return {"test:rmse": float(np.sqrt(np.mean(errors**2))), "test:mae": float(np.mean(np.abs(errors)))}
