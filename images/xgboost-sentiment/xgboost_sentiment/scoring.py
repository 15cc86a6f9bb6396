"""The metrics of each round: XGBoost's own, and those that SageMaker adds to them. Trains nothing.

SageMaker's are as scikit-learn defines them, over what the model predicts, and count a row by its weight.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from xgboost_sentiment import objectives
from xgboost_sentiment.metricnames import BINARY, CLASSES, NUMBERS


def spelled(metric: str, settings: Mapping[str, Any]) -> str | None:
    """Return XGBoost's metric from which this one follows; None for what XGBoost lacks."""
    if metric == "accuracy" and settings["objective"] == "binary:logistic":
        return "error"
    if metric == "mse":
        return "rmse"
    if metric == "tweedie-nloglik":
        power = settings["tweedie_variance_power"]
        return f"{metric}@{1.5 if power is None else power:g}"
    return None if metric in (*CLASSES, *NUMBERS) else metric


def builtin(settings: Mapping[str, Any]) -> list[str]:
    """Return the metrics that XGBoost has to measure, each once."""
    return list(dict.fromkeys(name for metric in settings["eval_metric"] if (name := spelled(metric, settings))))


def evaluate(
    booster: xgboost.Booster, watched: Sequence[tuple[xgboost.DMatrix, str]], settings: Mapping[str, Any]
) -> dict[str, float]:
    """Return each metric of `eval_metric` for each of the data, `train:logloss` and so on.

    XGBoost answers `[0]<tab>train-error:0.08<tab>validation-error:0.11`, in the order in which it was asked. Among
    several hosts its metrics are of all rows, SageMaker's of this host's: NaN where it has none.
    """
    names = builtin(settings)
    numbers = [float(part.rpartition(":")[2]) for part in booster.eval_set(list(watched)).split()[1:]]
    result = {}
    for place, (matrix, name) in enumerate(watched):
        found = dict(zip(names, numbers[place * len(names) :], strict=False))
        own = _Own(booster, matrix, settings)
        for metric in settings["eval_metric"]:
            source = spelled(metric, settings)
            value = found[source] if source else own.measure(metric) if matrix.num_row() else float("nan")
            if source in ("error", "rmse"):
                value = {"accuracy": 1 - value, "mse": value**2}.get(metric, value)
            result[f"{name}:{metric}"] = value
    return result


class _Own:
    """SageMaker's metrics of one matrix; predicts once, when one of them is asked for."""

    def __init__(self, booster: xgboost.Booster, matrix: xgboost.DMatrix, settings: Mapping[str, Any]) -> None:
        self._booster, self._matrix, self._settings = booster, matrix, settings
        self._counts: NDArray[np.float64] | None = None

    def measure(self, metric: str) -> float:
        """Return one of `CLASSES` or `NUMBERS`."""
        if metric == "r2":
            return r2(self._matrix.get_label(), self._booster.predict(self._matrix), self._weights())
        if self._counts is None:
            objective = self._settings["objective"]
            predicted = objectives.classes(objective, self._booster.predict(self._matrix))
            size = objectives.n_classes(objective, self._settings["num_class"])
            self._counts = np.zeros((size, size))
            np.add.at(self._counts, (self._matrix.get_label().astype(np.int64), predicted), self._weights())
        return of_classes(metric, self._counts)

    def _weights(self) -> NDArray[np.float32]:
        weights = self._matrix.get_weight()
        return weights if len(weights) else np.ones(self._matrix.num_row(), np.float32)


def of_classes(metric: str, counts: NDArray[np.float64]) -> float:
    """Return a metric of a confusion matrix, true classes in its rows.

    Example:
        >>> of_classes("f1", np.array([[1.0, 0], [1, 2]])), of_classes("recall", np.array([[1.0, 0], [1, 3]]))
        (0.7333333333333334, 0.75)
    """
    right, true, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    if metric == "accuracy" or metric.endswith("_micro"):
        return float(right.sum() / counts.sum())
    kind = metric.partition("_")[0]
    if kind == "balanced":
        return float((right[true > 0] / true[true > 0]).mean())
    below = {"precision": predicted, "recall": true, "f1": (predicted + true) / 2}[kind]
    each = np.divide(right, below, out=np.zeros_like(right, dtype=np.float64), where=below > 0)
    return float(each[1]) if metric in BINARY else float(each[(true + predicted) > 0].mean())


def r2(labels: NDArray[np.float32], predicted: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """Return the coefficient of determination; NaN where all labels are equal.

    Example:
        >>> r2(np.array([1.0, 3.0]), np.array([1.0, 2.0]), np.ones(2))
        0.5
    """
    truth = labels.astype(np.float64)
    total = np.sum(weights * (truth - np.average(truth, weights=weights)) ** 2)
    return float(1 - np.sum(weights * (truth - predicted) ** 2) / total) if total else float("nan")
