"""What the `train` program runs, by way of `start`: reads the channels, trains, saves."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from smcontract import cpus, manifest
from smcontract.errors import UserError
from smcontract.files import read_object, write_object
from smcontract.manifest import Manifest
from smcontract.training import artefact
from smcontract.training.job import Job
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context, run

from headline_mxnet import IMAGE, arrays, evaluation, text, training
from headline_mxnet.hyperparameters import TABLE, checked, defaults
from headline_mxnet.model import Model
from headline_mxnet.network import Network
from headline_mxnet.prepared import Data, Prepared

READERS = {"text": text.read, "arrays": arrays.read}
LIBRARIES = ("mxnet", "numpy", "scipy")
METRICS = "metrics.json"
_IN_A_METRIC = re.compile(r"[A-Za-z0-9_.:-]+")

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    settings = checked(context.hyperparameters)
    _check_job(context.job, settings)
    prepared = READERS[settings["input"]](context.job, settings, cpus.usable())
    _check_prepared(prepared, settings)
    if prepared.vectors is not None:
        settings = {**settings, "embedding_dim": prepared.vectors.shape[1]}
    network = training.train(prepared, settings, context.stop, context.metrics)
    with artefact.staged(context.paths.model) as folder:
        report = save(folder, network, prepared, settings, context.metrics)
        _write_metrics(context.paths.output_data, context.metrics, report)


def save(
    folder: Path, network: Network, prepared: Prepared, settings: Mapping[str, Any], metrics: MetricLog
) -> dict[str, Any]:
    """Write the model, load it as it will be served, and add what that one says: test metrics, golden examples.

    Returns what metrics.json holds beside the metrics: the report on the test data, if there are any.
    """
    network.save(folder)
    prepared.encoder.save(folder)
    card = Manifest(
        image=IMAGE,
        version=version(IMAGE),
        fingerprint=prepared.encoder.fingerprint,
        labels=prepared.labels,
        settings={
            "hyperparameters": {name: value for name, value in settings.items() if value is not None},
            "n_ids": prepared.encoder.n_ids,
            "max_length": prepared.encoder.max_length,
        },
        libraries={name: version(name) for name in LIBRARIES},
    )
    manifest.write(folder, card)
    model = Model.load(folder)
    report = {"test": _test(model, prepared.data["test"], metrics)} if "test" in prepared.data else {}
    _write_metrics(folder, metrics, report)
    predictions = model.predict([model.records.from_json(record) for record in prepared.golden])
    golden = [
        {"record": record, "prediction": prediction}
        for record, prediction in zip(prepared.golden, predictions, strict=True)
    ]
    manifest.write(folder, replace(card, metrics=metrics.latest, golden=tuple(golden)))
    return report


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    if len(job.resources.hosts) > 1:
        raise UserError(
            f"the job has {len(job.resources.hosts)} instances, but this image trains on one: set InstanceCount to 1"
        )
    if "validation" in job.channels and settings["validation_fraction"]:
        raise UserError("both a validation channel and validation_fraction are given: use one of them")


def _check_prepared(prepared: Prepared, settings: Mapping[str, Any]) -> None:
    if settings["early_stopping_patience"] and "validation" not in prepared.data:
        raise UserError(
            "early_stopping_patience needs validation data: add a channel called validation, or set validation_fraction"
        )
    frozen = "architecture workshop" if settings["architecture"] == "workshop" else "freeze_embeddings"
    if prepared.vectors is None and (settings["freeze_embeddings"] or settings["architecture"] == "workshop"):
        raise UserError(
            f"{frozen} freezes the word vectors, which are random without given ones: add a channel "
            "called embeddings, or train them with architecture cnn and freeze_embeddings false"
        )


def _test(model: Model, test: Data, metrics: MetricLog) -> dict[str, Any]:
    labels = model.manifest.labels
    predicted = np.argmax(model.network.probabilities(test.ids), axis=1)
    counts = evaluation.confusion(test.labels, predicted, len(labels))
    report = evaluation.report(counts, labels)
    recall = {f"test:recall:{label}": value for label, value in report["recall"].items() if value is not None}
    sayable = {name: value for name, value in recall.items() if _IN_A_METRIC.fullmatch(name)}
    if len(sayable) < len(recall):
        log.info("test: recall of categories whose names cannot be part of a metric's name is only in %s", METRICS)
    metrics.report(None, {f"test:{name}": value for name, value in evaluation.metrics(counts).items()} | sayable)
    return report


def _write_metrics(folder: Path, metrics: MetricLog, report: Mapping[str, Any]) -> None:
    metrics.save(folder / METRICS)
    write_object(folder / METRICS, {**read_object(folder / METRICS), **report})
