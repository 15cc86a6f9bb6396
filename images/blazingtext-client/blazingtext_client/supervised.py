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
from smcontract.training.metrics import MetricLog

from blazingtext_client import classes, fasttextfile, kernel
from blazingtext_client.classes import Model, Training
from blazingtext_client.content import LARGEST_WEIGHT
from blazingtext_client.examples import Examples, Reader
from blazingtext_client.layout import Weights
from blazingtext_client.whitespace import END_OF_LINE

MODEL = "model.bin"

log = logging.getLogger(__name__)


class Best:
    """The best epoch so far: how many validation examples it labels rightly, and its weights unless it is the last."""

    def __init__(self) -> None:
        self.epoch, self.right, self.waited = 0, -1, 0
        self._stored: Weights | None = None

    def is_beaten(self, epoch: int, right: int) -> bool:
        """Whether this epoch is better; counts those in a row that are not."""
        if right <= self.right:
            self.waited += 1
            return False
        self.epoch, self.right, self.waited = epoch, right, 0
        return True

    def store(self, weights: Weights) -> None:
        """Copy the weights."""
        if self._stored is None:
            self._stored = Weights(*(matrix.copy() for matrix in weights))
        else:
            for to, matrix in zip(self._stored, weights, strict=True):
                np.copyto(to, matrix)

    def restore(self, model: Model) -> None:
        """Give the model what is stored, if anything is."""
        if self._stored is not None:
            model.weights = self._stored


def train(
    reader: Reader,
    train: Examples,
    validation: Examples | None,
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog,
) -> Model | None:
    """Train and return the best model, as far as it came before `stop` was set; None if nothing was trained.

    The best is that of early stopping, else the last. Writes BlazingText's lines to standard output. Raises UserError
    when no word occurs `min_count` times, or the weights grow beyond all bounds.
    """
    _say("Running single machine CPU BlazingText training using supervised mode.")
    _say(f"Read {train.tokens // 1_000_000}M words")
    model, best = classes.make(settings, reader, train), Best()
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
    start = time.perf_counter()
    epochs = _epochs(training, validation, settings, best, metrics)
    seconds = time.perf_counter() - start
    log.info("trained %d words in %d epochs of %d words", model.trained, epochs, train.tokens)
    if stop.is_set():
        log.warning("stopped after %d of %d words", model.trained, train.tokens * settings["epochs"])
    if not model.trained:
        return None
    best.restore(model)
    _check(model, settings)
    _say(f"Average throughput in Million words/sec: {model.trained / seconds / 1e6:.2f}")
    _say(f"Total training time in seconds: {seconds:.2f}")
    _report(Training(model, train, settings, stop), validation, best, metrics)
    return model


def _epochs(
    training: Training, validation: Examples | None, settings: Mapping[str, Any], best: Best, metrics: MetricLog
) -> int:
    """Train until the epochs are done, patience ends or the training is stopped; return how many whole epochs."""
    epochs, is_early = int(settings["epochs"]), settings["early_stopping"] and validation is not None
    first = min(settings["min_epochs"], epochs) if is_early else epochs
    start = time.perf_counter()
    for epoch in range(1, epochs + 1):
        training.epoch()
        if training.stop.is_set():
            return epoch - 1
        speed = training.model.trained / (time.perf_counter() - start) / 1e6
        _say(f"##### Alpha: {training.alpha:.4f}  Progress: {training.done:.2%}  Million Words/sec: {speed:.2f} #####")
        if validation is None or epoch < first:
            continue
        right = training.right(validation)
        if training.stop.is_set():
            return epoch
        _say(f"-------------- End of epoch: {epoch}")
        _say(f"Validation accuracy: {right / validation.count:.6g}")
        metrics.report(epoch, {"validation:accuracy": right / validation.count})
        if best.is_beaten(epoch, right):
            if is_early:
                _say("Validation accuracy improved! Storing best weights...")
                best.store(training.model.weights)
        else:
            _say(f"Validation accuracy has not improved for last {best.waited} epochs.")
            if best.waited >= settings["patience"]:
                _say("Reached patience. Terminating training.")
                return epoch
    return epochs


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
