"""What the `train` program runs, by way of `start`: reads the channels, trains, saves."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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

from headline_mxnet import IMAGE, arrays, evaluation, text, together, widetraining
from headline_mxnet.classifier import WIDE, Classifier
from headline_mxnet.hyperparameters import CNN, DEEP, MANY, NO_NETWORK, TABLE, checked, defaults, suited
from headline_mxnet.model import Model
from headline_mxnet.prepared import Prepared
from headline_mxnet.stored import ONNX

LIBRARIES = ("mxnet", "numpy")

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    _check_job(context.job, checked(context.hyperparameters))
    with joined(context) as group:
        _train(context, checked(chosen(context, group)), group)


def _train(context: Context, settings: Mapping[str, Any], group: Group) -> None:
    """Train the network, where there is one, on all hosts; the first one prepares, trains the rest and saves."""
    read = _read(context.job, settings, group)
    if read:
        _check_prepared(read, settings)
    has_network = bool(settings["epochs"])
    if not (read or has_network):
        return
    prepared = read if read and not has_network else together.spread(read, group)
    if prepared.vectors is not None:
        settings = {**settings, "embedding_dim": prepared.vectors.shape[1]}
    classifier = Classifier(prepared.encoder.n_ids, None)
    if read and settings["architecture"] in WIDE:
        classifier = _train_wide(prepared, settings, context, has_network)
    network = None
    if has_network:
        from headline_mxnet import training  # with MXNet, which takes seconds

        checkpoints = Checkpoints.of(context.job, IMAGE, settings, group)
        log_of_epochs = context.metrics if read else MetricLog(quiet=True)
        network = training.train(prepared, settings, context.stop, log_of_epochs, classifier, checkpoints, group)
        classifier = classifier.with_network(network, settings["deep_share"])
    if not read:
        return
    with artefact.staged(context.paths.model) as folder:
        classifier.save(folder)
        if network:
            network.save(folder)
        _save(folder, classifier, prepared, settings, context)


def _read(job: Job, settings: Mapping[str, Any], group: Group) -> Prepared | None:
    """What the first host has prepared, from what all have read."""
    if settings["input"] == "text":
        return text.read(job, settings, cpus.usable(), group)
    return arrays.read(job, settings, cpus.usable()) if group.is_leader else None


def _train_wide(prepared: Prepared, settings: Mapping[str, Any], context: Context, has_network: bool) -> Classifier:
    """What reads hashed features.

    Beside a network, whose training takes much longer, it has no checkpoints: it is trained again to the same weights.
    """
    if has_network:
        return widetraining.train(prepared, settings, context.stop, None, Checkpoints(None, {}))
    checkpoints = Checkpoints.of(context.job, IMAGE, settings)
    return widetraining.train(prepared, settings, context.stop, context.metrics, checkpoints)


def _save(
    folder: Path, classifier: Classifier, prepared: Prepared, settings: Mapping[str, Any], context: Context
) -> None:
    encoder = prepared.encoder
    encoder.save(folder)
    sizes = {"n_ids": encoder.n_ids, "max_length": encoder.max_length}
    card = Manifest.of(IMAGE, LIBRARIES, settings, encoder.fingerprint, prepared.labels, **sizes)
    if settings["export_onnx"]:
        from headline_mxnet import onnxfile  # half a second that other jobs need not spend

        onnxfile.write(folder / ONNX, classifier, card)

    def evaluate(model: Model) -> None:
        evaluation.evaluate(model, prepared, context)
        context.metrics.save(folder / metrics.NAME)

    finish(folder, card, Model.load, prepared.golden, context, evaluate, prepared.sample, prepared.unseen)


def chosen(context: Context, group: Group) -> Mapping[str, Any]:
    """Return the hyperparameters, with those that suit the headlines of all hosts where the job does not set them.

    `architecture` wide-and-deep has a network where that adds something to the rest: with word vectors made elsewhere.
    A job that sets one of the network's hyperparameters has one too.
    """
    values, job = context.hyperparameters, context.job
    architecture = values["architecture"]
    if values["input"] != "text" or architecture == "workshop":
        return values
    train = job.channel("train")
    count, length = text.measure(train, MANY)
    if train.is_divided:
        every = group.all_gather({"count": count, "length": length})
        count, length = min(MANY, sum(each["count"] for each in every)), max(each["length"] for each in every)
    has_vectors = "embeddings" in job.channels
    is_wanted = has_vectors or not context.given.isdisjoint((*CNN, *DEEP))
    has_network = architecture == "cnn" or (architecture == "wide-and-deep" and is_wanted)
    suitable = suited(count, length, architecture, has_network, has_vectors)
    found = context.suited(suitable, f"settings for {count} headlines of up to {length} words")
    return found if has_network else {**found, **NO_NETWORK}


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    together.check(job, settings)
    if "embeddings" in job.channels and settings["architecture"] == "wide":
        raise UserError("architecture wide has no word vectors: leave out the channel embeddings, or set wide-and-deep")
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
