"""Trains what reads hashed features: two linear models, and with them two networks of one hidden layer.

One of either kind sees words with their pairs, the other n-grams of characters. They make mistakes of different kinds,
so that the mean of their scores is better than one model of all features. Each has a thread of its own, and the result
is the same for any number of cores.
"""

import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog
from textprep.sequences import FIRST_WORD, UNKNOWN

from headline_mxnet import linear
from headline_mxnet.classifier import Classifier
from headline_mxnet.hidden import Hidden, Layer
from headline_mxnet.hyperparameters import MANY
from headline_mxnet.judging import judge
from headline_mxnet.learners import Linear, OneLayer
from headline_mxnet.prepared import Data, Prepared
from headline_mxnet.views import Array, View
from headline_mxnet.wide import GRAMS, Wide

Parts = tuple[tuple[float, float], tuple[float, float]]
FEW_PARTS: Parts = ((1.5, 1.0), (0.6, 1.0))
MANY_PARTS: Parts = ((3.0, 0.5), (0.5, 1.0))
"""Rates, then dropouts, as parts of the hyperparameters' values: of the model of words, and of that of n-grams, which
overlap. With MANY headlines n-grams learn slowly. Chosen on parts of the training halves: docs/decisions.md.
"""
HIDDEN_PARTS: Parts = ((1.0, 0.8), (1.0, 1.0))
"""The same of the hidden layers, for any number of headlines."""
FEW_SHARE, MANY_SHARE = 0.5, 0.8
"""Of the hidden layers in the sum with the linear models."""
BUCKETS = 2**10, 2**21  # at least and at most, for pairs and for n-grams
WEIGHTS = 2**23, 2**23  # in the buckets for pairs and in those for n-grams, if there are many categories
HIDDEN_WEIGHTS = 2**25, 2**25  # of hidden layers, which need fewer buckets for n-grams
LARGEST = 2**28  # weights of words

log = logging.getLogger(__name__)


def train(
    prepared: Prepared,
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog | None,
    checkpoints: Checkpoints,
) -> Classifier:
    """Return the linear models and, with `hidden_units`, the hidden layers, trained.

    With `metrics` report on each epoch. When `stop` is set training ends at once. Resumes from the newest of the
    `checkpoints`, whose steps are whole epochs, to the same weights. Raises UserError when there would be too many.
    """
    n_words, n_classes = prepared.encoder.n_ids, len(prepared.labels)
    units = _units(settings)
    if n_words * max(n_classes, *units) > LARGEST:
        raise UserError(
            f"{n_words:,} words times {max(n_classes, *units):,} "
            f"{'categories' if n_classes >= max(units) else 'hidden units'} are too many weights for the wide part: "
            "lower vocabulary_size, or set architecture to cnn"
        )
    models = _models(prepared, settings, units)
    epochs = settings["wide_epochs"]
    with ThreadPoolExecutor(len(models)) as pool:
        done = _restore(models, checkpoints, metrics)
        started = time.monotonic()
        for epoch in range(done + 1, epochs + 1):
            losses = list(pool.map(lambda model, epoch=epoch: model.epoch(epoch, stop), models))
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


def _units(settings: Mapping[str, Any]) -> tuple[int, int]:
    """Hidden units over words with pairs, and over n-grams."""
    units = settings["hidden_units"] or 0
    return math.ceil(units / 4), units


def _models(prepared: Prepared, settings: Mapping[str, Any], units: tuple[int, int]) -> list[Linear]:
    """The linear models, then the hidden layers."""
    data, n_words, n_classes = prepared.data["train"], prepared.encoder.n_ids, len(prepared.labels)
    rate, dropout = settings["wide_learning_rate"], settings["wide_dropout"]

    def views(limits: tuple[int, int]) -> list[View]:
        return _views(data, n_words, prepared.words, limits)

    models: list[Linear] = []
    rates, dropouts = FEW_PARTS if len(data.labels) < MANY else MANY_PARTS
    for number, view in enumerate(views((WEIGHTS[0] // n_classes, WEIGHTS[1] // n_classes))):
        own = rates[number] * rate, dropouts[number] * dropout
        models.append(Linear(view, data, n_classes, settings, number, *own))
    if all(units):
        rates, dropouts = HIDDEN_PARTS
        for number, view in enumerate(views((HIDDEN_WEIGHTS[0] // units[0], HIDDEN_WEIGHTS[1] // units[1]))):
            own = rates[number] * rate, dropouts[number] * dropout
            models.append(OneLayer(view, data, n_classes, settings, number, *own, n_units=units[number]))
    return models


def _views(data: Data, n_words: int, words: Sequence[str], limits: tuple[int, int]) -> list[View]:
    """Words with pairs, and n-grams, if words have characters; `limits` of the buckets for either."""

    def buckets(wanted: int, limit: int) -> int:
        most = min(BUCKETS[1], 2 ** int(math.log2(max(2, limit))))
        return int(min(most, max(BUCKETS[0], 2 ** math.ceil(math.log2(max(1, wanted))))))

    numbers = np.arange(n_words + len(data.others))
    own = np.where(numbers < n_words, numbers, UNKNOWN).astype(np.int32)
    n_pairs = buckets(int(np.count_nonzero(data.words[:, 1:])), limits[0])
    views = [View(np.arange(len(own) + 1), own, n_words, n_words, n_pairs)]
    if words:
        every = [*words, *data.others]
        n_grams = buckets(sum(map(len, every)) * (GRAMS[1] - GRAMS[0] + 1), limits[1])
        starts, rows = linear.grams(every, *GRAMS, n_grams)
        views.append(View(np.concatenate([np.zeros(FIRST_WORD, np.int64), starts]), rows, n_words, n_grams, 0))
    return views


def _sum(models: Sequence[Linear], n_words: int) -> Classifier:
    """The mean of the linear models' scores and, with a share of its own, that of the hidden layers'."""
    linears = [model for model in models if not isinstance(model, OneLayer)]
    sums = [_rows(model, n_words) for model in linears]
    words: Array = np.sum([each.words for each in sums], axis=0, dtype=np.float32)
    wide = Wide(words, sums[0].pairs, sums[-1].grams).scaled(1 / len(sums))
    networks = [model for model in models if isinstance(model, OneLayer)]
    if not networks:
        return Classifier(n_words, wide)
    layers = tuple(Layer(_rows(model, n_words), model.top) for model in networks)
    share = FEW_SHARE if networks[0].n_records < MANY else MANY_SHARE
    return Classifier(n_words, wide.scaled(1 - share), hidden=Hidden(layers).scaled(share / len(layers)))


def _rows(model: Linear, n_words: int) -> Wide:
    """What a model has for words, for pairs and for n-grams."""
    kept, view = model.kept(), model.view
    words = model.of_words(n_words, kept)
    if view.n_buckets:
        return Wide(words, kept[view.pairs :], words[:0])
    return Wide(words, words[:0], kept)


def _save(models: Sequence[Linear], checkpoints: Checkpoints, metrics: MetricLog | None, epoch: int) -> None:
    if not checkpoints:
        return
    state = {"models": [model.saved() for model in models], "history": metrics.history if metrics else []}
    arrays = [array for model in models for array in model.arrays]
    checkpoints.save(epoch, state, {f"array-{number}": array for number, array in enumerate(arrays)})


def _restore(models: Sequence[Linear], checkpoints: Checkpoints, metrics: MetricLog | None) -> int:
    """Bring the models to where the newest checkpoint was taken; return its epoch, 0 without one."""
    found = checkpoints.newest()
    if found is None:
        return 0
    numbers = count()
    for model, state in zip(models, found.state["models"], strict=True):
        model.restore(state, [found.arrays[f"array-{next(numbers)}"] for _ in model.arrays])
    if metrics:
        metrics.restore(found.state["history"])
    return found.step
