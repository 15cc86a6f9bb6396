"""Trains the wide part: two linear models side by side, of words with their pairs and of n-grams of characters.

The two make mistakes of different kinds, so that the mean of their scores is better than one model of all features.
Each has a thread of its own, and the result is the same for any number of cores.
"""

import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog
from textprep.sequences import FIRST_WORD, UNKNOWN

from headline_mxnet import linear
from headline_mxnet.hyperparameters import MANY
from headline_mxnet.judging import judge
from headline_mxnet.prepared import Data, Prepared
from headline_mxnet.views import Array, View
from headline_mxnet.wide import GRAMS, Wide

Parts = tuple[tuple[float, float], tuple[float, float]]
FEW_PARTS: Parts = ((1.5, 1.0), (0.6, 1.0))
MANY_PARTS: Parts = ((3.0, 0.5), (0.5, 1.0))
"""Rates, then dropouts, as parts of the hyperparameters' values: of the model of words, and of that of n-grams, which
overlap. With MANY headlines n-grams learn slowly. Chosen on parts of the training halves: docs/decisions.md.
"""
CHUNK = 4096  # headlines between two looks at `stop`: a hundredth of a second
BUCKETS = 2**10, 2**21  # at least and at most, for pairs and for n-grams
WEIGHTS = 2**23  # in the buckets of either, if there are many categories
LARGEST = 2**28  # weights of words

log = logging.getLogger(__name__)


def train(
    prepared: Prepared,
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog | None,
    checkpoints: Checkpoints,
) -> Wide:
    """Return the trained wide part; with `metrics` report on each epoch. When `stop` is set training ends at once.

    Resumes from the newest of the `checkpoints`, whose steps are whole epochs, to the same weights. Raises UserError
    when there would be too many weights.
    """
    encoder, data = prepared.encoder, prepared.data["train"]
    n_words, n_classes = encoder.n_ids, len(prepared.labels)
    if n_words * n_classes > LARGEST:
        raise UserError(
            f"{n_words:,} words times {n_classes:,} categories are too many weights for the wide part: lower "
            "vocabulary_size, or set architecture to cnn"
        )
    views = _views(data, n_words, prepared.words, n_classes)
    epochs = settings["wide_epochs"]
    with ThreadPoolExecutor(len(views)) as pool:
        models = [_Linear(view, data, n_classes, settings, number) for number, view in enumerate(views)]
        done = _restore(models, checkpoints, metrics)
        started = time.monotonic()
        for epoch in range(done + 1, epochs + 1):
            losses = list(pool.map(partial(_Linear.epoch, epoch=epoch, stop=stop), models))
            if is_cut := stop.is_set():
                _save(models, checkpoints, metrics, epoch - 1)  # before its metrics, which it will have again
            if metrics:
                loss = float(np.mean(losses))
                values = {} if math.isnan(loss) else {"train:loss": loss}
                if "validation" in prepared.data:
                    values |= judge(_sum(models, n_words).scores, prepared.data["validation"], n_classes)
                metrics.report(epoch, values)
            if is_cut:
                log.warning("stopped during epoch %d of %d of the wide part", epoch, epochs)
                break
            for model in models:
                model.end_epoch()
            if checkpoints.due() or epoch == epochs:
                _save(models, checkpoints, metrics, epoch)
        log.info("the wide part took %.1f s", time.monotonic() - started)
    return _sum(models, n_words)


def _views(data: Data, n_words: int, words: Sequence[str], n_classes: int) -> list[View]:
    """Words with pairs, and n-grams, if words have characters."""
    limit = min(BUCKETS[1], 2 ** int(math.log2(max(2, WEIGHTS // n_classes))))

    def buckets(wanted: int) -> int:
        return int(min(limit, max(BUCKETS[0], 2 ** math.ceil(math.log2(max(1, wanted))))))

    numbers = np.arange(n_words + len(data.others))
    own = np.where(numbers < n_words, numbers, UNKNOWN).astype(np.int32)
    n_pairs = buckets(int(np.count_nonzero(data.words[:, 1:])))
    views = [View(np.arange(len(own) + 1), own, n_words, n_words, n_pairs)]
    if words:
        every = [*words, *data.others]
        n_grams = buckets(sum(map(len, every)) * (GRAMS[1] - GRAMS[0] + 1))
        starts, rows = linear.grams(every, *GRAMS, n_grams)
        views.append(View(np.concatenate([np.zeros(FIRST_WORD, np.int64), starts]), rows, n_words, n_grams, 0))
    return views


class _Linear:
    """One linear model on its way."""

    def __init__(self, view: View, data: Data, n_classes: int, settings: Mapping[str, Any], number: int) -> None:
        rates, dropouts = FEW_PARTS if len(data.labels) < MANY else MANY_PARTS
        self.view, self._rate = view, rates[number] * settings["wide_learning_rate"]
        self._dropout = dropouts[number] * settings["wide_dropout"]
        self._data, self._settings = data, settings
        self.weights: Array = np.zeros((view.pairs + view.n_buckets, n_classes), np.float32)
        self._squares = np.zeros_like(self.weights)
        self._state = settings["seed"] * 2 + number
        self._random = np.random.default_rng(self._state)
        self._orders = self._random.bit_generator.state  # when the epoch began
        self._done, self._loss = 0, 0.0  # of the epoch

    def epoch(self, epoch: int, stop: threading.Event) -> float:
        """Train on all records once, those that an earlier attempt has done left out, or until `stop` is set.

        Return the mean loss, not a number if there was none.
        """
        rate, epochs = self._rate, self._settings["wide_epochs"]
        order = self._random.permutation(len(self._data.labels))
        for start in range(self._done, len(order), CHUNK):
            if stop.is_set():
                break
            chunk = order[start : start + CHUNK]
            progress = [(epoch - 1 + there / len(order)) / epochs for there in (start, start + len(chunk))]
            rates = (rate * (1 - progress[0]), rate * (1 - progress[1]))
            ids, labels = self._data.words[chunk], self._data.labels[chunk]
            of_chunk, self._state = linear.train(
                self.weights, self._squares, self.view, ids, labels, rates, self._dropout, self._state
            )
            self._loss, self._done = self._loss + of_chunk, self._done + len(chunk)
        return self._loss / self._done if self._done else math.nan

    def end_epoch(self) -> None:
        """Be ready for the next."""
        self._orders, self._done, self._loss = self._random.bit_generator.state, 0, 0.0

    def saved(self) -> tuple[list[Any], list[Array]]:
        """Return all that training goes on from, and its arrays."""
        return [self._state, self._orders, self._done, self._loss], [self.weights, self._squares]

    def restore(self, state: list[Any], weights: Array, squares: Array) -> None:
        """Go on from what `saved` has returned."""
        self._state, self._orders, self._done, self._loss = state
        self._random.bit_generator.state = self._orders
        self.weights, self._squares = weights, squares

    def kept(self) -> Array:
        """Return the weights, float32 (n_rows, n_classes), times what is kept of features: in use none is dropped."""
        kept: Array = self.weights * np.float32(1 - self._dropout)
        return kept

    def of_words(self, n_words: int) -> Array:
        """Return float32 (n_words, n_classes): what each word of the vocabulary has, all of its rows added up."""
        weights, starts, rows = self.kept(), self.view.starts[: n_words + 1], self.view.rows
        found = np.zeros((n_words, self.weights.shape[1]), np.float32)
        for first in range(0, n_words, CHUNK):  # in parts: rows of n-grams are many
            part = starts[first : min(first + CHUNK, n_words) + 1]
            filled = np.flatnonzero(np.diff(part))
            if len(filled):
                sums = np.add.reduceat(weights[rows[part[0] : part[-1]]], part[filled] - part[0])
                found[first + filled] = sums
        return found


def _sum(models: Sequence[_Linear], n_words: int) -> Wide:
    """The mean of the models' scores."""
    words = np.zeros((n_words, models[0].weights.shape[1]), np.float32)
    for model in models:
        words += model.of_words(n_words)
    grams = models[1].kept() if len(models) > 1 else words[:0]
    return Wide(words, models[0].kept()[models[0].view.pairs :], grams).scaled(1 / len(models))


def _save(models: Sequence[_Linear], checkpoints: Checkpoints, metrics: MetricLog | None, epoch: int) -> None:
    if not checkpoints:
        return
    saved = [model.saved() for model in models]
    state = {"models": [each for each, _ in saved], "history": metrics.history if metrics else []}
    arrays = [array for _, both in saved for array in both]
    checkpoints.save(epoch, state, {f"array-{number}": array for number, array in enumerate(arrays)})


def _restore(models: Sequence[_Linear], checkpoints: Checkpoints, metrics: MetricLog | None) -> int:
    """Bring the models to where the newest checkpoint was taken; return its epoch, 0 without one."""
    found = checkpoints.newest()
    if found is None:
        return 0
    for number, (model, state) in enumerate(zip(models, found.state["models"], strict=True)):
        model.restore(state, *(found.arrays[f"array-{2 * number + place}"] for place in (0, 1)))
    if metrics:
        metrics.restore(found.state["history"])
    return found.step
