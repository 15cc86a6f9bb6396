"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smcontract import cpus
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.training import artefact
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.finish import finish
from smcontract.training.hosts.group import Group, joined
from smcontract.training.job import Job
from smcontract.training.scratch import scratch_folder
from smcontract.training.train import Context, run

from blazingtext_client import IMAGE, corpus, described, examples, model, supervised, vectors, wordsim
from blazingtext_client.hyperparameters import SUPERVISED, TABLE, checked, defaults

LIBRARIES = ("numpy",)
GOLDEN = 3
DISTRIBUTED = "batch_skipgram"  # the one mode that BlazingText trains on several hosts

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    settings = checked(context.hyperparameters)
    _check_job(context.job, settings)
    with joined(context) as group, scratch_folder(context.paths) as scratch:
        try:
            if settings["mode"] == SUPERVISED:
                _classes(context, settings, scratch)
            else:
                _vectors(context, settings, scratch, group)
        except corpus.Stopped:
            log.warning("stopped while the data was read: there is no model yet")


def _vectors(context: Context, settings: Mapping[str, Any], scratch: Path, group: Group) -> None:
    job = context.job
    sets: Mapping[str, wordsim.Pairs] = {}
    if settings["evaluation"]:  # read first: a bad file of pairs should not come to light after hours of training
        sets = wordsim.read(job.channels["evaluation"]) if "evaluation" in job.channels else wordsim.shipped()
    text = corpus.read(job.channel("train"), scratch, cpus.usable(), context.stop, group)
    threads = [each["parts"] for each in group.gather({"parts": len(text.parts)})]
    checkpoints = Checkpoints.of(job, IMAGE, {**settings, "threads": threads}, group)
    trained = vectors.train(text, settings, context.stop, checkpoints, group)
    if not group.is_leader:
        return
    with artefact.staged(context.paths.model) as folder:
        vectors.write(folder, trained, settings)
        if sets:
            context.metrics.report(None, {"train:mean_rho": vectors.evaluate(folder, trained, sets)})
        context.evaluation.vectors = described.describe(trained, sets)
        finish(folder, Manifest.of(IMAGE, LIBRARIES, settings), model.load, trained.words[:GOLDEN], context)


def _classes(context: Context, settings: Mapping[str, Any], scratch: Path) -> None:
    channels, reader = context.job.channels, examples.Reader(context.stop)
    train = reader.read(context.job.channel("train"), scratch / "train", cpus.usable())
    validation = None
    if "validation" in channels:
        validation = reader.read(channels["validation"], scratch / "validation", cpus.usable())
    checkpoints = Checkpoints.of(context.job, IMAGE, {**settings, "threads": len(train.parts)})
    trained = supervised.train(reader, train, validation, settings, context.stop, context.metrics, checkpoints)
    if trained is None:
        return
    with artefact.staged(context.paths.model) as folder:
        supervised.write(folder, trained, settings)
        held_out = validation.sample.texts if validation else []
        card = Manifest.of(IMAGE, LIBRARIES, settings)
        finish(folder, card, model.load, train.first, context, None, train.sample, held_out)


def _check_job(job: Job, settings: Mapping[str, Any]) -> None:
    mode = settings["mode"]
    if mode != DISTRIBUTED:
        job.check_one_host(f" in mode {mode}")
    read = {"train", "validation" if mode == SUPERVISED else "evaluation"}
    if unread := sorted(set(job.channels) - read):
        log.warning("mode %s reads the channels %s; not read: %s", mode, ", ".join(sorted(read)), ", ".join(unread))
    if mode != SUPERVISED and "evaluation" in job.channels and not settings["evaluation"]:
        raise UserError("there is an evaluation channel, but evaluation is False: leave one of them out")
    if settings["early_stopping"] and "validation" not in job.channels:
        raise UserError("early_stopping needs a channel called validation: add it, or leave out early_stopping")
