"""What probabilities of held-out records say beyond the best label: curves, calibration, scores of both.

As scikit-learn defines them. Knows no texts and no files.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 101
"""Of a curve that are kept, beside its ends; the areas are those of whole curves."""

MOST_CURVES = 20
"""Labels with curves of their own, the most frequent ones."""

BINS = 10
"""Of probabilities, each a tenth wide."""

Floats = NDArray[np.float64]


def describe(labels: Sequence[str], truth: NDArray[Any], probabilities: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return `curves`, `calibration`, `log_loss` and `brier_score`, as JSON has them.

    `truth` (n_records,) are positions in `labels`, `probabilities` (n_records, n_labels). Curves are those of each
    label against the rest, of two labels those of the second alone.
    """
    numbers, found = truth.astype(np.int64), probabilities.astype(np.float64)
    counts = np.bincount(numbers, minlength=len(labels))
    chosen = [1] if len(labels) == 2 else np.argsort(-counts, kind="stable")[:MOST_CURVES].tolist()
    right = found[np.arange(len(numbers)), numbers]
    errors = found.copy()
    errors[np.arange(len(numbers)), numbers] -= 1
    return {
        "curves": [
            {"label": labels[number], **curve}
            for number in chosen
            if (curve := _curve(numbers == number, found[:, number])) is not None
        ],
        "calibration": calibration(labels, numbers, found),
        "log_loss": float(-np.log(np.clip(right, np.finfo(np.float64).eps, 1)).mean()),
        "brier_score": float((errors**2).sum(axis=1).mean()) / (2 if len(labels) == 2 else 1),
    }


def _curve(truth: NDArray[np.bool_], scores: Floats) -> dict[str, Any] | None:
    """ROC and precision-recall curve of one label; None where records of it, or of others, are missing."""
    positive = int(truth.sum())
    if positive in (0, len(truth)):
        return None
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # of the records with one score
    hits = np.cumsum(truth[order])[last]
    flagged = last + 1
    rates = (np.append(0.0, (flagged - hits) / (len(truth) - positive)), np.append(0.0, hits / positive))
    precision, recall = hits / flagged, hits / positive
    kept = _spread(len(hits))
    return {
        "roc_auc": float(np.trapezoid(rates[1], rates[0])),
        "average_precision": float((precision * np.diff(recall, prepend=0.0)).sum()),
        "roc": _pairs(rates[0][_spread(len(hits) + 1)], rates[1][_spread(len(hits) + 1)]),
        "precision_recall": _pairs(recall[kept], precision[kept]),
    }


def calibration(labels: Sequence[str], truth: NDArray[np.int64], probabilities: Floats) -> dict[str, Any]:
    """Return how often a label is right, by bins of its probability: `of` says which label's, None the predicted one's.

    `expected_calibration_error` is the mean distance of the two over the records (Guo et al. 2017, equation 3).

    Example:
        >>> found = calibration(["neg", "pos"], np.array([0, 1]), np.array([[0.98, 0.02], [0.02, 0.98]]))
        >>> [each["records"] for each in found["bins"]], round(found["expected_calibration_error"], 6)
        ([1, 1], 0.02)
    """
    if len(labels) == 2:
        said, right = probabilities[:, 1], truth == 1
    else:
        best = probabilities.argmax(axis=1)
        said, right = probabilities[np.arange(len(best)), best], truth == best
    places = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(places, said, BINS) / counts
        share = np.bincount(places, right, BINS) / counts
    bins = [
        {"from": place / BINS, "to": (place + 1) / BINS, "records": int(counts[place]),
         "probability": float(mean[place]), "share": float(share[place])}
        for place in np.flatnonzero(counts).tolist()
    ]  # fmt: skip
    distance = math.fsum(each["records"] * abs(each["probability"] - each["share"]) for each in bins)
    return {
        "of": labels[1] if len(labels) == 2 else None,
        "bins": bins,
        "expected_calibration_error": distance / len(truth),
    }


def _spread(length: int) -> NDArray[np.int64]:
    """Positions of a curve's points to keep, its ends among them."""
    return np.unique(np.linspace(0, length - 1, POINTS + 1).round().astype(np.int64))


def _pairs(first: Floats, second: Floats) -> list[list[float]]:
    pairs: list[list[float]] = np.column_stack([first, second]).round(6).tolist()
    return pairs
