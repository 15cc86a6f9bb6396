"""A job with `input` features, from its channels to its artefact."""

import logging
import os
import traceback
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from smcontract import cpus
from smcontract.manifest import Manifest
from smcontract.training import artefact, metrics, quality
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.finish import finish
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog
from smcontract.training.quality import HeldOut
from smcontract.training.scratch import scratch_folder
from smcontract.training.train import Context

from xgboost_sentiment import IMAGE, boosters, boosting, columns, features, folds, objectives, scoring, together
from xgboost_sentiment.features import Read
from xgboost_sentiment.matrices import matrix
from xgboost_sentiment.numeric import Numeric, fingerprint
from xgboost_sentiment.pieces import Table
from xgboost_sentiment.progress import Progress
from xgboost_sentiment.standin import StandIn

LIBRARIES = ("xgboost-cpu", "numpy")

log = logging.getLogger(__name__)


def train(context: Context, settings: Mapping[str, Any], group: Group) -> None:
    """Read, train, save; on SIGTERM save what there is. The first host has all rows, and saves."""
    with scratch_folder(context.paths) if settings["use_external_memory"] else nullcontext() as folder:
        try:
            _train(context, settings, group, folder)
        except BaseException as error:
            traceback.clear_frames(error.__traceback__)  # with matrices, whose pages XGBoost deletes: before the folder
            raise


def _train(context: Context, settings: Mapping[str, Any], group: Group, folder: Path | None) -> None:
    workers = cpus.usable()
    checkpoints = Checkpoints.of(context.job, IMAGE, settings, group)
    read = features.read(context.job, settings, StandIn.of(os.environ), group, folder)
    group = together.team(group, settings)
    if group.size == 1 and not read:
        return
    progress = Progress(checkpoints, group)
    data = together.spread(read.data if read else None, group)
    if read and settings["_kfold"]:
        made = folds.train(data, settings, workers, context, progress)
    else:
        rounds = context.metrics if read else MetricLog(quiet=True)
        made = [boosting.train(data, settings, workers, context.stop, rounds, progress.part())]
    progress.save()
    if read:
        _save(read, made, settings, context)


def _save(read: Read, made: Sequence[xgboost.Booster], settings: Mapping[str, Any], context: Context) -> None:
    names = objectives.labels(settings["objective"], settings["num_class"])
    n_features = made[0].num_features()
    card = Manifest.of(
        IMAGE, LIBRARIES, settings, fingerprint(n_features), names, n_features=n_features, zeros=read.zeros
    )

    def evaluate(model: Numeric) -> None:
        _evaluate(model, made[0] if len(made) == 1 else None, read, settings, context)
        context.metrics.save(folder / metrics.NAME)

    with artefact.staged(context.paths.model) as folder:
        boosters.write(folder, made)
        finish(folder, card, Numeric.load, read.golden, context, evaluate)


def _evaluate(
    model: Numeric, booster: xgboost.Booster | None, read: Read, settings: Mapping[str, Any], context: Context
) -> None:
    """Report the metrics of the `test` channel: those of each round and, of classes, what quality.json would hold."""
    if np.ptp(_values(model, read.data["train"])) == 0:
        log.warning("the model gives every row the same score: train for more rounds, or with less regularisation")
    if "test" not in read.data:
        return
    data = read.data["test"]
    if booster is not None:
        rows = matrix(data, {"objective": settings["objective"], "nthread": 1})
        measured = [("eval_metric", name) for name in scoring.builtin(settings)]
        booster.set_param([("disable_default_eval_metric", "1"), *measured])  # the best round's booster has forgotten
        context.metrics.report(None, scoring.evaluate(booster, [(rows, "test")], settings))
    values = _values(model, data)
    if model.labels:
        probabilities = objectives.probabilities(settings["objective"], values, len(model.labels))
        quality.report(HeldOut("test", model.labels, data.labels, probabilities), context)
    elif settings["objective"].startswith(("reg:", "count:")):
        context.metrics.report(None, _errors(data, values))


def _values(model: Numeric, data: Table) -> NDArray[np.float32]:
    return np.concatenate([model.boosters.values(columns.rows(part.matrix)) for part in data.parts()])


def _errors(data: Table, values: NDArray[np.float32]) -> dict[str, float]:
    """The root of the mean squared error, and the mean absolute error."""
    errors = values.astype(np.float64) - data.labels
    return {"test:rmse": float(np.sqrt(np.mean(errors**2))), "test:mae": float(np.mean(np.abs(errors)))}
