"""The names of metrics: XGBoost's own, and those that SageMaker adds. The driver reads them, so without XGBoost."""

BINARY = ("f1_binary", "precision", "recall")
"""Of the positive class, so only for two classes."""

CLASSES = (
    "accuracy", "balanced_accuracy", "f1", "f1_macro", "precision_macro", "precision_micro", "recall_macro",
    "recall_micro", *BINARY,
)  # fmt: skip
"""SageMaker's own for classes; `f1` is the mean of all classes there, like `f1_macro`."""

NUMBERS = ("mse", "r2")
"""SageMaker's own for numbers."""

XGBOOST = (
    "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "ndcg",
    "poisson-nloglik", "pre", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip

WITH_NUMBER = ("error", "map", "ndcg", "pre", "tweedie-nloglik")
"""May be followed by a threshold or a place, such as `error@0.7` and `ndcg@5`."""

_LARGER = (*CLASSES, "r2", "auc", "aucpr", "map", "ndcg", "pre", "interval-regression-accuracy")


def larger_is_better(metric: str) -> bool:
    """Whether a tuner would maximise it.

    Example:
        >>> larger_is_better("ndcg@5"), larger_is_better("error@0.7")
        (True, False)
    """
    return metric.partition("@")[0] in _LARGER
