"""Cross-validation, as SageMaker's XGBoost offers it: every row is predicted by models that did not see it."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import xgboost
from numpy.typing import NDArray
from smcontract.errors import UserError
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context

from xgboost_sentiment import boosting, columns, objectives
from xgboost_sentiment.boosters import Boosters
from xgboost_sentiment.pieces import Table
from xgboost_sentiment.prepared import Data
from xgboost_sentiment.progress import Progress

NAME = "predictions.csv"
"""In the job's output, a line for each row: the label, the mean of the held-out predictions and, of classes, the class
that most of them are. Of several classes it is the mean of the predicted classes' probabilities."""

log = logging.getLogger(__name__)


def train(
    data: Mapping[str, Table], settings: Mapping[str, Any], threads: int, context: Context, progress: Progress
) -> Sequence[xgboost.Booster]:
    """Return a booster for each fold of each repetition; report the means over the folds of a repetition.

    Rows of `train` and `validation` are divided together, of classes so that each fold has its part of each. A metric
    `validation:` is that of the held-out fold. When asked to stop, the fold at hand is the last.
    """
    rows = _joined([part for name in ("train", "validation") if name in data for part in data[name].parts()])
    count, repetitions = settings["_kfold"], settings["_num_cv_round"] or 1
    if len(rows.labels) < count:
        raise UserError(f"there are {len(rows.labels)} rows for _kfold {count}: set it to at most as many")
    random = np.random.default_rng(settings["seed"] % 2**32)
    made: list[xgboost.Booster] = []
    values: list[NDArray[np.float32]] = []
    for repetition in range(repetitions):
        folds = divide(rows.labels if objectives.n_classes(settings["objective"], settings["num_class"]) else None,
                       len(rows.labels), count, random)  # fmt: skip
        measured, held_out = [], np.zeros(0, np.float32)
        for fold in range(count):
            parts = {"train": _part(rows, folds != fold), "validation": _part(rows, folds == fold)}
            quiet = MetricLog(quiet=True)
            made.append(boosting.train(parts, settings, threads, context.stop, quiet, progress.part(len(made))))
            measured.append(quiet.latest)
            predicted = Boosters(made[-1:]).values(columns.rows(parts["validation"].matrix))
            if not held_out.size:
                held_out = np.zeros((len(folds), *predicted.shape[1:]), np.float32)
            held_out[folds == fold] = predicted
            if context.stop.is_set():
                log.warning("stopped after fold %d of repetition %d: %s is not written", fold + 1, repetition + 1, NAME)
                return made
        values.append(held_out)
        context.metrics.report(repetition + 1, {name: _mean(measured, name) for name in measured[0]})
    context.paths.output_data.mkdir(parents=True, exist_ok=True)
    _write(context.paths.output_data / NAME, rows.labels, np.array(values), settings)
    return made


def divide(
    labels: NDArray[np.float32] | None, n_rows: int, count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return the fold of each row, int64 (n_rows,): of equal size, for each label too, but for rounding.

    Example:
        >>> folds = divide(np.array([0, 0, 0, 1, 1, 1]), 6, 3, np.random.default_rng(0))
        >>> sorted(folds[:3].tolist()), sorted(folds[3:].tolist())
        ([0, 1, 2], [0, 1, 2])
    """
    order = random.permutation(n_rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    folds = np.zeros(n_rows, np.int64)
    folds[order] = np.arange(n_rows) % count
    return folds


def _mean(measured: Sequence[Mapping[str, float | None]], name: str) -> float:
    return float(np.mean([np.nan if (value := each[name]) is None else value for each in measured]))


def _joined(parts: Sequence[Data]) -> Data:
    weights = None
    if any(part.weights is not None for part in parts):
        weights = np.concatenate(
            [np.ones(len(part.labels), np.float32) if part.weights is None else part.weights for part in parts]
        )
    matrix = scipy.sparse.vstack([part.matrix for part in parts], format="csr")
    return Data(matrix, np.concatenate([part.labels for part in parts]), weights)


def _part(rows: Data, chosen: NDArray[np.bool_]) -> Data:
    return Data(rows.matrix[chosen], rows.labels[chosen], None if rows.weights is None else rows.weights[chosen])


def _write(path: Path, labels: NDArray[np.float32], values: NDArray[np.float32], settings: Mapping[str, Any]) -> None:
    """`values` are float32 (n_repetitions, n_rows), of several classes (n_repetitions, n_rows, n_classes)."""
    objective = settings["objective"]
    table = [labels, (values.max(axis=-1) if values.ndim > 2 else values).mean(axis=0)]
    if objectives.n_classes(objective, settings["num_class"]):
        classes = np.array([objectives.classes(objective, each) for each in values])
        table.append(np.array([np.bincount(row).argmax() for row in classes.T], np.float32))
    np.savetxt(path, np.column_stack(table), delimiter=",", fmt="%f")
