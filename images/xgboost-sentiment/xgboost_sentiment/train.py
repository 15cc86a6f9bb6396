"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from smcontract import cpus
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.training import artefact, metrics
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.finish import finish
from smcontract.training.hosts.group import Group, joined
from smcontract.training.job import Job
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context, run

from xgboost_sentiment import IMAGE, evaluation, onerest, stored, text, together
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults
from xgboost_sentiment.learner import Learnt, learn
from xgboost_sentiment.model import Model
from xgboost_sentiment.prepared import Data, Prepared
from xgboost_sentiment.progress import Progress

LIBRARIES = ("xgboost-cpu", "numpy", "nltk")
VARIED = 1000  # rows to train on that must not all get one score

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    with joined(context) as group:
        settings = checked(context.hyperparameters)
        _check_job(context.job, settings)
        if settings["input"] == "features":
            from xgboost_sentiment import tabular  # with protobuf, which reviews have no need of

            tabular.train(context, settings, group)
        else:
            _train(context, settings, group)


def _train(context: Context, settings: Mapping[str, Any], group: Group) -> None:
    """Learn from reviews. The first host has them all in the end; linear models it trains alone, see `together`."""
    workers = cpus.usable()
    checkpoints = Checkpoints.of(context.job, IMAGE, settings, group)
    prepared = text.read(context.job, settings, workers, group)
    group = together.team(group, settings)
    if group.size == 1 and not prepared:
        return
    progress = Progress(checkpoints, group)
    n_labels = group.broadcast({"labels": len(prepared.labels) if prepared else 0})["labels"]
    if n_labels > 2:
        onerest.run(context, prepared, settings, workers, LIBRARIES, progress)
        return
    data = together.spread(prepared.data if prepared else None, group)
    log_of_rounds = context.metrics if prepared else MetricLog(quiet=True)
    learnt = learn(data, settings, workers, context.stop, log_of_rounds, progress.part())
    progress.save()
    if prepared:
        with artefact.staged(context.paths.model) as folder:
            _save(folder, learnt, prepared, settings, context)


def _save(folder: Path, learnt: Learnt, prepared: Prepared, settings: Mapping[str, Any], context: Context) -> None:
    stored.write(folder, [learnt])
    prepared.encoder.save(folder)
    encoder, labels = prepared.encoder, prepared.labels
    card = Manifest.of(IMAGE, LIBRARIES, settings, encoder.fingerprint, labels, n_features=encoder.n_features)

    def evaluate(model: Model) -> None:
        _check_varied(model, prepared.data["train"])
        evaluation.evaluate(model, prepared, context)
        context.metrics.save(folder / metrics.NAME)

    finish(folder, card, Model.load, prepared.golden, context, evaluate, prepared.sample, prepared.unseen)


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    if settings["use_external_memory"]:
        job.check_one_host(" with use_external_memory")
    if "validation" in job.channels and settings["validation_fraction"]:
        raise UserError("both a validation channel and validation_fraction are given: use one of them")
    if settings["early_stopping_rounds"] and not ("validation" in job.channels or settings["validation_fraction"]):
        raise UserError(
            "early_stopping_rounds needs validation data: add a channel called validation, or set validation_fraction"
        )


def _check_varied(model: Model, train: Data) -> None:
    margins = model.scorer.margins(evaluation.rows(train.matrix[:VARIED]))
    if np.ptp(margins) == 0:
        log.warning("the model gives every row the same score: train for more rounds, or with less regularisation")
