"""What each objective predicts, and which labels it takes. Trains nothing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEFAULT_METRICS: Mapping[str, str] = MappingProxyType({
    "binary:logistic": "logloss", "binary:logitraw": "logloss", "binary:hinge": "error",
    "multi:softmax": "mlogloss", "multi:softprob": "mlogloss", "count:poisson": "poisson-nloglik",
    "reg:squarederror": "rmse", "reg:logistic": "rmse", "reg:squaredlogerror": "rmsle", "reg:absoluteerror": "mae",
    "reg:pseudohubererror": "mphe", "reg:gamma": "gamma-deviance", "reg:tweedie": "tweedie-nloglik",
    "rank:pairwise": "ndcg@32", "rank:ndcg": "ndcg@32", "rank:map": "map@32",
    "survival:cox": "cox-nloglik", "survival:aft": "aft-nloglik",
})  # fmt: skip
"""Every objective, with XGBoost's own metric for it."""


class Rule(NamedTuple):
    """Which labels an objective takes: whether one is right, and what to say of one that is not."""

    fits: Callable[[float], bool]
    sentence: str


RULES: Mapping[str, Rule] = MappingProxyType({
    **dict.fromkeys(("binary:logistic", "binary:logitraw", "binary:hinge"),
                    Rule(lambda label: label in (0, 1), "it must be 0 or 1")),
    "reg:logistic": Rule(lambda label: 0 <= label <= 1, "it must be from 0 to 1"),
    **dict.fromkeys(("count:poisson", "reg:tweedie"), Rule(lambda label: label >= 0, "it must be 0 or more")),
    "reg:gamma": Rule(lambda label: label > 0, "it must be above 0"),
    "reg:squaredlogerror": Rule(lambda label: label > -1, "it must be above -1"),
    **dict.fromkeys(("survival:cox", "survival:aft"),
                    Rule(lambda label: label != 0, "it must be a time, negative if it is censored")),
})  # fmt: skip
"""Objectives that are not here take any number."""


def is_multiclass(objective: str) -> bool:
    """Whether there are more classes than two."""
    return objective.startswith("multi:")


def n_classes(objective: str, num_class: int | None) -> int:
    """Return the number of classes; 0 where numbers are predicted."""
    return (num_class or 0) if is_multiclass(objective) else 2 * objective.startswith("binary:")


def labels(objective: str, num_class: int | None) -> tuple[str, ...]:
    """Return the names of the classes, `0` first; empty where numbers are predicted."""
    return tuple(map(str, range(n_classes(objective, num_class))))


def rule(objective: str, num_class: int | None) -> Rule | None:
    """Return which labels the objective takes; None for any."""
    if not is_multiclass(objective):
        return RULES.get(objective)
    last = n_classes(objective, num_class) - 1
    return Rule(lambda label: label.is_integer() and 0 <= label <= last, f"it must be a whole number from 0 to {last}")


def classes(objective: str, values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the class predicted for each row, int64 (n_rows,), from XGBoost's predictions.

    Example:
        >>> classes("multi:softprob", np.array([[0.1, 0.9], [0.8, 0.2]])).tolist()
        [1, 0]
    """
    if objective == "multi:softprob":
        best: NDArray[np.int64] = values.argmax(axis=1)
        return best
    if objective in ("multi:softmax", "binary:hinge"):
        return values.astype(np.int64)
    return (values > (0 if objective == "binary:logitraw" else 0.5)).astype(np.int64)


def probabilities(objective: str, values: NDArray[np.float32], n_labels: int) -> NDArray[np.float64]:
    """Return the probability of each class, float64 (n_rows, n_labels); 1 for the predicted one where XGBoost has none.

    Example:
        >>> probabilities("binary:hinge", np.array([1.0, 0.0]), 2).tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    if objective == "multi:softprob":
        return values.astype(np.float64)
    if objective == "binary:logistic":
        positive = values.astype(np.float64)
        return np.column_stack([1 - positive, positive])
    return np.eye(n_labels)[classes(objective, values)]
