"""Training text classes with BlazingText's early stopping and lines of log, and the file; reads no channel."""

import logging
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog

from blazingtext_client import classes, classprogress, fasttextfile, kernel
from blazingtext_client.classes import Model, Training
from blazingtext_client.classprogress import Best
from blazingtext_client.content import LARGEST_WEIGHT
from blazingtext_client.engine import PATIENCE
from blazingtext_client.examples import Examples, Reader
from blazingtext_client.gate import Gate
from blazingtext_client.whitespace import END_OF_LINE

MODEL = "model.bin"

log = logging.getLogger(__name__)


def train(
    reader: Reader,
    train: Examples,
    validation: Examples | None,
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog,
    checkpoints: Checkpoints,
) -> Model | None:
    """Train and return the best model, as far as it came before `stop` was set; None if nothing was trained.

    The best is that of early stopping, else the last. Resumes from the newest of the `checkpoints`, whose steps are
    words: with one thread to the same model. Writes BlazingText's lines to standard output. Raises UserError
    when no word occurs `min_count` times, or the weights grow beyond all bounds.
    """
    _say("Running single machine CPU BlazingText training using supervised mode.")
    _say(f"Read {train.tokens // 1_000_000}M words")
    model = classes.make(settings, reader, train)
    n_words = len(model.words) - (END_OF_LINE in model.words)
    _say(f"Number of words:  {n_words}")
    if not n_words:
        raise UserError(
            f"no word occurs min_count = {settings['min_count']} times in the train channel: lower min_count, or give "
            "more text"
        )
    if not kernel.AVAILABLE:
        log.warning("this package was installed without a C compiler, so training is a thousand times slower")
    training = Training(model, train, settings, stop)
    best = Best()
    if found := classprogress.restore(checkpoints, model.weights, metrics):
        model.progress, best = found
    start = time.perf_counter()
    _epochs(training, validation, settings, best, metrics, checkpoints)
    seconds, progress = time.perf_counter() - start, model.progress
    log.info("trained %d words in %d epochs of %d words", progress.trained, progress.epoch, train.tokens)
    if stop.is_set():
        log.warning("stopped after %d of %d words", progress.trained, train.tokens * settings["epochs"])
    if not progress.trained:
        return None
    if best.stored is not None:
        model.weights = best.stored
    _check(model, settings)
    _say(f"Average throughput in Million words/sec: {(progress.trained - progress.resumed) / seconds / 1e6:.2f}")
    _say(f"Total training time in seconds: {seconds:.2f}")
    _report(Training(model, train, settings, stop), validation, best, metrics)
    return model


def _epochs(
    training: Training,
    validation: Examples | None,
    settings: Mapping[str, Any],
    best: Best,
    metrics: MetricLog,
    checkpoints: Checkpoints,
) -> None:
    """Train until the epochs are done, patience ends or the training is stopped."""
    model, progress, stop = training.model, training.model.progress, training.stop
    epochs, is_early = int(settings["epochs"]), settings["early_stopping"] and validation is not None
    first = min(settings["min_epochs"], epochs) if is_early else epochs
    start = time.perf_counter()

    def save() -> None:
        if progress.trained > progress.resumed:
            classprogress.save(checkpoints, model.weights, progress, best, metrics)

    def keep(gate: Gate, is_stopping: bool) -> None:
        if checkpoints.due() or (checkpoints and is_stopping and not model.arrays.stop[0]):
            with gate.closed(PATIENCE) as is_still:
                if is_still:
                    save()
                else:
                    checkpoints.postpone()

    while progress.epoch < epochs and not (is_early and best.waited >= settings["patience"]):
        if checkpoints.due():
            save()
        training.epoch(keep)
        if stop.is_set():
            break
        speed = (progress.trained - progress.resumed) / (time.perf_counter() - start) / 1e6
        _say(f"##### Alpha: {training.alpha:.4f}  Progress: {training.done:.2%}  Million Words/sec: {speed:.2f} #####")
        epoch = progress.epoch + 1
        if validation is not None and epoch >= first:
            right = training.right(validation)
            if stop.is_set():
                break  # who resumes judges this epoch first
            _judge(epoch, right / validation.count, metrics)
            if best.is_beaten(epoch, right):
                if is_early:
                    _say("Validation accuracy improved! Storing best weights...")
                    best.store(model.weights)
            else:
                _say(f"Validation accuracy has not improved for last {best.waited} epochs.")
                if best.waited >= settings["patience"]:
                    _say("Reached patience. Terminating training.")
        progress.end_epoch()
    if not training.is_cut:
        save()


def _judge(epoch: int, accuracy: float, metrics: MetricLog) -> None:
    _say(f"-------------- End of epoch: {epoch}")
    _say(f"Validation accuracy: {accuracy:.6g}")
    metrics.report(epoch, {"validation:accuracy": accuracy})


def _check(model: Model, settings: Mapping[str, Any]) -> None:
    for matrix in model.weights:
        if not max(-matrix.min(), matrix.max()) <= LARGEST_WEIGHT:  # NaN is not either
            raise UserError(f"the weights became NaN at learning_rate {settings['learning_rate']}: lower it")


def _report(training: Training, validation: Examples | None, best: Best, metrics: MetricLog) -> None:
    """Say how good the model is, as far as there is time."""
    final = {}
    if best.epoch and validation is not None:
        final["validation:accuracy"] = best.right / validation.count
        _say(f"Best epoch: {best.epoch}")
    right = training.right(training.train)
    if not training.stop.is_set():
        final["train:accuracy"] = right / training.train.count
        _say(f"#train_accuracy: {final['train:accuracy']:.4f}")
    _say(f"Number of train examples: {training.train.count}")
    if validation is not None and "validation:accuracy" in final:
        _say(f"#validation_accuracy: {final['validation:accuracy']:.4f}")
        _say(f"Number of validation examples: {validation.count}")
    metrics.report(None, final)


def write(folder: Path, model: Model, settings: Mapping[str, Any]) -> None:
    """Write model.bin, which fastText reads too."""
    order = np.argsort(-model.label_counts, kind="stable")
    arguments = fasttextfile.Arguments(
        dim=model.dim,
        epoch=settings["epochs"],
        min_count=settings["min_count"],
        word_ngrams=settings["word_ngrams"],
        loss=fasttextfile.SOFTMAX,
        model=fasttextfile.SUPERVISED,
        bucket=model.grams.buckets,
        minn=model.grams.minn,
        maxn=model.grams.maxn,
    )
    fasttextfile.write(
        folder / MODEL,
        fasttextfile.Dictionary(model.words, model.counts.tolist()),
        fasttextfile.Dictionary([model.labels[number] for number in order], model.label_counts[order].tolist()),
        model.weights.input[:, : model.dim],
        model.weights.output[order, : model.dim],
        arguments,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
