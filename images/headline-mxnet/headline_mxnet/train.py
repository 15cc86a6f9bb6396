"""What the `train` program runs, by way of `start`: reads the channels, trains, saves."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smcontract import cpus
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.training import artefact, metrics, texts
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.finish import finish
from smcontract.training.job import Job
from smcontract.training.train import Context, run

from headline_mxnet import IMAGE, arrays, evaluation, text, training
from headline_mxnet.hyperparameters import FEW, TABLE, checked, defaults, suited
from headline_mxnet.model import Model
from headline_mxnet.network import Network
from headline_mxnet.prepared import Prepared
from headline_mxnet.stored import ONNX

READERS = {"text": text.read, "arrays": arrays.read}
LIBRARIES = ("mxnet", "numpy")

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    _check_job(context.job, checked(context.hyperparameters))
    settings = checked(chosen(context))
    prepared = READERS[settings["input"]](context.job, settings, cpus.usable())
    _check_prepared(prepared, settings)
    if prepared.vectors is not None:
        settings = {**settings, "embedding_dim": prepared.vectors.shape[1]}
    checkpoints = Checkpoints.of(context.job, IMAGE, settings)
    network = training.train(prepared, settings, context.stop, context.metrics, checkpoints)
    with artefact.staged(context.paths.model) as folder:
        _save(folder, network, prepared, settings, context)


def _save(folder: Path, network: Network, prepared: Prepared, settings: Mapping[str, Any], context: Context) -> None:
    network.save(folder)
    encoder = prepared.encoder
    encoder.save(folder)
    sizes = {"n_ids": encoder.n_ids, "max_length": encoder.max_length}
    card = Manifest.of(IMAGE, LIBRARIES, settings, encoder.fingerprint, prepared.labels, **sizes)
    if settings["export_onnx"]:
        from headline_mxnet import onnxfile  # half a second that other jobs need not spend

        onnxfile.write(folder / ONNX, network, card)

    def evaluate(model: Model) -> None:
        evaluation.evaluate(model, prepared, context)
        context.metrics.save(folder / metrics.NAME)

    finish(folder, card, Model.load, prepared.golden, context, evaluate)


def chosen(context: Context) -> Mapping[str, Any]:
    """Return the hyperparameters, with those that suit few headlines where the job does not set them."""
    values, job = context.hyperparameters, context.job
    if values["input"] != "text" or values["architecture"] != "cnn" or "embeddings" in job.channels:
        return values
    count = texts.count(job.channel("train"), FEW)
    return context.suited(suited(count), f"settings for few headlines, {count}")


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    job.check_one_host()
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
