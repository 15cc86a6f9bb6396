"""What the held-out test data say of a finished model. Trains nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def confusion(truth: NDArray[np.int32], predicted: NDArray[np.int64], n_classes: int) -> Integers:
    """Return int64 (n_classes, n_classes): records by true class (row) and predicted class (column).

    Example:
        >>> confusion(np.array([0, 1, 1], np.int32), np.array([0, 1, 0]), 2).tolist()
        [[1, 0], [1, 1]]
    """
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def metrics(counts: Integers) -> dict[str, float]:
    """Return accuracy, and the mean F1 of the classes that are there, in truth or in the answers.

    Example:
        >>> metrics(np.array([[1, 0], [1, 2]]))["accuracy"]
        0.75
    """
    right, of_class = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    there = of_class > 0
    return {
        "accuracy": float(right.sum() / counts.sum()),
        "macro_f1": float(np.mean(2 * right[there] / of_class[there])),
    }


def report(counts: Integers, labels: Sequence[str]) -> dict[str, Any]:
    """Return the confusion matrix and each class's recall (None where the data have none of it) as JSON has them.

    Example:
        >>> report(np.array([[1, 1], [0, 0]]), ["a", "b"])["recall"]
        {'a': 0.5, 'b': None}
    """
    totals = counts.sum(axis=1)
    recall = {
        label: float(counts[number, number] / totals[number]) if totals[number] else None
        for number, label in enumerate(labels)
    }
    return {"labels": list(labels), "confusion": counts.tolist(), "recall": recall}
