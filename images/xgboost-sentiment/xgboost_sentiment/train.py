"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from smcontract import cpus, manifest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.training import artefact
from smcontract.training.job import Job
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context, run

from xgboost_sentiment import IMAGE, boosting, evaluation, features, text
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults
from xgboost_sentiment.model import BOOSTER, Model
from xgboost_sentiment.prepared import Data, Prepared

READERS = {"text": text.read, "features": features.read}
LIBRARIES = ("xgboost-cpu", "numpy", "scipy", "nltk")

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    settings = checked(context.hyperparameters)
    _check_job(context.job, settings)
    workers = cpus.usable()
    prepared = READERS[settings["input"]](context.job, settings, workers)
    booster = boosting.train(prepared.data, settings, workers, context.stop, context.metrics)
    with artefact.staged(context.paths.model) as folder:
        save(folder, booster, prepared, settings, context.metrics)
        context.metrics.save(context.paths.output_data / "metrics.json")


def save(
    folder: Path, booster: xgboost.Booster, prepared: Prepared, settings: Mapping[str, Any], metrics: MetricLog
) -> None:
    """Write the model, load it as it will be served, and add what that one says: test metrics, golden examples."""
    # By way of memory: Python reports a full disk, XGBoost's own writer does not always.
    (folder / BOOSTER).write_bytes(booster.save_raw("ubj"))
    prepared.encoder.save(folder)
    card = Manifest(
        image=IMAGE,
        version=version(IMAGE),
        fingerprint=prepared.encoder.fingerprint,
        labels=prepared.labels or (),
        settings={
            "hyperparameters": {name: value for name, value in settings.items() if value is not None},
            "n_features": prepared.encoder.n_features,
        },
        libraries={name: version(name) for name in LIBRARIES},
    )
    manifest.write(folder, card)
    model = Model.load(folder)
    _check_varied(model, prepared.data["train"])
    if "test" in prepared.data:
        _test(model, prepared.data["test"], metrics)
    metrics.save(folder / "metrics.json")
    predictions = model.predict([model.records.from_json(record) for record in prepared.golden])
    golden = [
        {"record": record, "prediction": prediction}
        for record, prediction in zip(prepared.golden, predictions, strict=True)
    ]
    manifest.write(folder, replace(card, metrics=metrics.latest, golden=tuple(golden)))


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    if len(job.resources.hosts) > 1:
        raise UserError(
            f"the job has {len(job.resources.hosts)} instances, but this image trains on one: set InstanceCount to 1"
        )
    if "validation" in job.channels and settings["validation_fraction"]:
        raise UserError("both a validation channel and validation_fraction are given: use one of them")
    if settings["early_stopping_rounds"] and not ("validation" in job.channels or settings["validation_fraction"]):
        raise UserError(
            "early_stopping_rounds needs validation data: add a channel called validation, or set validation_fraction"
        )


def _check_varied(model: Model, train: Data) -> None:
    margins = model.scorer.margins(train.matrix)
    if np.ptp(margins) == 0:
        log.warning("the model gives every row the same score: train for more rounds, or with less regularisation")


def _test(model: Model, test: Data, metrics: MetricLog) -> None:
    scores = model.scores(model.scorer.margins(test.matrix))
    report = evaluation.classes if model.manifest.labels else evaluation.numbers
    metrics.report(None, report(test.labels, scores))
