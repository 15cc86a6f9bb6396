"""What the `train` program runs: it finds `main` through SAGEMAKER_TRAINING_MODULE."""

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smcontract import cpus
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.paths import Paths
from smcontract.training import artefact
from smcontract.training.finish import finish
from smcontract.training.hosts.group import Group, joined
from smcontract.training.job import Job
from smcontract.training.train import Context, run

from blazingtext_client import IMAGE, corpus, examples, model, supervised, wordsim
from blazingtext_client.hyperparameters import SUPERVISED, TABLE, checked, defaults

LIBRARIES = ("fasttext-community", "numpy")
GOLDEN = 3
DISTRIBUTED = "batch_skipgram"  # the one mode that BlazingText trains on several hosts
_SCRATCH = ".scratch-"

log = logging.getLogger(__name__)


def main() -> None:
    """Train the job that /opt/ml describes."""
    run(algorithm, TABLE, defaults)


def algorithm(context: Context) -> None:
    """Read, train, save; on SIGTERM save what there is."""
    settings = checked(context.hyperparameters)
    _check_job(context.job, settings)
    with joined(context) as group, _scratch(context.paths) as scratch:
        if settings["mode"] == SUPERVISED:
            _classes(context, settings, scratch)
        else:
            _vectors(context, settings, scratch, group)


def _vectors(context: Context, settings: Mapping[str, Any], scratch: Path, group: Group) -> None:
    from blazingtext_client import (
        described,
        vectors,
    )  # and with it gensim, which takes a second that classes do not need

    job = context.job
    sets: Mapping[str, wordsim.Pairs] = {}
    if settings["evaluation"]:  # read first: a bad file of pairs should not come to light after hours of training
        sets = wordsim.read(job.channels["evaluation"]) if "evaluation" in job.channels else wordsim.shipped()
    text = corpus.read(job.channel("train"), scratch, cpus.usable(), group)
    trained = vectors.train(text, settings, context.stop, group)
    if not group.is_leader:
        return
    with artefact.staged(context.paths.model) as folder:
        vectors.write(folder, trained, settings)
        if sets:
            context.metrics.report(None, {"train:mean_rho": vectors.evaluate(folder, trained, sets)})
        context.evaluation.vectors = described.describe(trained, sets)
        _finish(folder, settings, trained.words[:GOLDEN], context)


def _classes(context: Context, settings: Mapping[str, Any], scratch: Path) -> None:
    job = context.job
    train = examples.read(job.channel("train"), scratch / "train.txt")
    validation = None
    if "validation" in job.channels:
        validation = examples.read(job.channels["validation"], scratch / "validation.txt")
    best = supervised.train(train, validation, settings, cpus.usable(), context.stop, context.metrics, scratch)
    if best is None:
        return
    with artefact.staged(context.paths.model) as folder:
        shutil.copyfile(best, folder / supervised.MODEL)
        _finish(folder, settings, train.first, context)


def _finish(folder: Path, settings: Mapping[str, Any], golden: Sequence[str], context: Context) -> None:
    finish(folder, Manifest.of(IMAGE, LIBRARIES, settings), model.load, golden, context)


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


@contextmanager
def _scratch(paths: Paths) -> Iterator[Path]:
    """Yield a folder for copies of the data, on the volume of the job: /tmp may be small. It goes at the end."""
    place = paths.failure.parent
    place.mkdir(parents=True, exist_ok=True)
    for abandoned in place.glob(f"{_SCRATCH}*"):
        shutil.rmtree(abandoned)
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
