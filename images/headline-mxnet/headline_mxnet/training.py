"""Epoch by epoch: batches, steps, metrics, the best epoch. Reads and writes no files."""

import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog

from headline_mxnet.averaging import Kept, put
from headline_mxnet.blocks import build
from headline_mxnet.classifier import Classifier
from headline_mxnet.features import trimmed
from headline_mxnet.judging import judge
from headline_mxnet.network import Network, arrays
from headline_mxnet.numpy1 import mx
from headline_mxnet.prepared import Prepared
from headline_mxnet.resuming import Best, Point, Resuming
from headline_mxnet.stored import ONNX
from headline_mxnet.together import Gradients

CHUNK = 64  # batches among which records are sorted by length: enough for little padding, few enough to stay random
LOOK = 20  # batches between two looks at the loss, each of which waits for MXNet
LARGEST_ONNX = 2 * 10**9  # bytes: a protobuf message, which an ONNX file is, has fewer than 2^31
LAST_RATE = 0.02  # of the first: the learning rate falls in a straight line to this part of itself

log = logging.getLogger(__name__)


class Training:
    """One job's network on its way; `epoch` is called once for each pass over the data, on all hosts of a group."""

    def __init__(
        self, prepared: Prepared, settings: Mapping[str, Any], stop: threading.Event, group: Group | None = None
    ) -> None:
        encoder = prepared.encoder
        self._data, self._settings, self._stop = prepared.data["train"], settings, stop
        self.random = np.random.default_rng(settings["seed"])
        self._lengths = lengths(self._data.ids)
        self._steps = settings["epochs"] * self.steps_of_epoch
        self.step = 0
        self.block = build(settings, (encoder.n_ids, encoder.max_length), len(prepared.labels), prepared.vectors)
        # One row of padding gives every layer its shape: a job stopped before its first step can be saved too.
        self.block(*arrays(np.zeros((1, encoder.max_length), np.int32), settings))
        parameters = self.block.collect_params()
        if settings["export_onnx"]:
            _refuse_too_large_for_onnx(sum(math.prod(parameter.shape) for parameter in parameters.values()))
        # Lazy: Adam's moments of rows that a step does not touch stay as they are.
        self.trainer = mx.gluon.Trainer(
            parameters, "adam", {"learning_rate": settings["learning_rate"], "lazy_update": True}, kvstore=None
        )
        self._loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        self._gradients = Gradients(group or Group.alone(), list(parameters.values()))

    @property
    def steps_of_epoch(self) -> int:
        """Batches of an epoch."""
        return math.ceil(len(self._data.ids) / int(self._settings["batch_size"]))

    def epoch(self) -> float:
        """Train on all records once, or until `stop` is set; return the mean loss of the batches looked at.

        That is not a number when `stop` was set already. Raises UserError when the loss or a weight is not finite.
        """
        losses = []
        for number, rows in enumerate(self._batches()):
            if self._gradients.any(self._stop):
                break
            loss = self._update(rows)
            if number % LOOK == 0:
                losses.append(float(loss.mean().asscalar()))
                self._refuse_not_finite("loss", losses[-1])
        for parameter in self.block.collect_params().values():  # what the steps after the last look made of them
            self._refuse_not_finite("sum of a layer's weights", float(parameter.data().sum().asscalar()))
        return float(np.mean(losses)) if losses else math.nan

    def _refuse_not_finite(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            raise UserError(
                f"the {what} became {value} by step {self.step}: lower learning_rate, which is "
                f"{self._settings['learning_rate']:g}, and look for huge numbers in the embeddings channel"
            )

    def _update(self, rows: NDArray[np.int64]) -> Any:
        self.trainer.set_learning_rate(self._rate())
        self.step += 1
        part = self._gradients.part(rows)
        taken = part if len(part) else rows[:1]
        ids = trimmed(self._data.ids[taken], self._settings)
        labels = mx.nd.array(self._data.labels[taken], dtype="int32")
        given = arrays(ids, self._settings)
        with mx.autograd.record():
            loss = self._loss(self.block(*given), labels)
        loss.backward()
        self._gradients.add_up(is_empty=not len(part))
        self.trainer.step(len(rows))
        return loss

    def _rate(self) -> float:
        first: float = self._settings["learning_rate"]
        falls = self._settings["architecture"] != "workshop"
        return first * max(LAST_RATE, 1 - self.step / self._steps) if falls else first

    def _batches(self) -> Iterator[NDArray[np.int64]]:
        """Yield the records' numbers at random, those of like length together; the order of lengths is random too."""
        size = self._settings["batch_size"]
        order = self.random.permutation(len(self._lengths))
        for start in range(0, len(order), CHUNK * size):
            chunk = order[start : start + CHUNK * size]
            chunk = chunk[np.argsort(self._lengths[chunk], kind="stable")]
            batches = np.split(chunk, range(size, len(chunk), size))
            for number in self.random.permutation(len(batches)):
                yield batches[number]


def _refuse_too_large_for_onnx(n_weights: int) -> None:
    if 4 * n_weights > LARGEST_ONNX:
        raise UserError(
            f"the network has {n_weights:,} weights, {4 * n_weights:,} bytes, and {ONNX} can hold {LARGEST_ONNX:,}: "
            "lower vocabulary_size, embedding_dim, pair_buckets or pair_dim, or set export_onnx to false"
        )


def train(
    prepared: Prepared,
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog,
    beside: Classifier,
    checkpoints: Checkpoints,
    group: Group | None = None,
) -> Network:
    """Return the network of the epoch with the best validation accuracy; of the last one without validation data.

    With `weight_averaging` an epoch's network is the mean of the weights after each epoch so far. Metrics are reported
    after each epoch. When `stop` is set the epoch at hand is cut short and is the last. Resumes from the newest of the
    `checkpoints`, the end of an epoch. Validation data, which only the first host of the `group` has, judge the network
    together with what is `beside` it. Raises UserError when the loss or a weight is not a finite number any more.
    """
    group = group or Group.alone()
    training = Training(prepared, settings, stop, group)
    network = Network(training.block, settings)
    kept = Kept(training.block, settings["weight_averaging"])
    classifier = beside.with_network(network, settings["deep_share"])
    validation = prepared.data.get("validation")
    resuming = Resuming(checkpoints, training.block, training.trainer, training.random, metrics, group)
    patience = settings["early_stopping_patience"]
    epoch, values, best = resuming.restore(kept) or Point(0, {}, None)
    training.step = epoch * training.steps_of_epoch
    while epoch < settings["epochs"] and not group.first(bool(patience and best and epoch - best.epoch >= patience)):
        epoch += 1
        resuming.begin(epoch, settings["seed"])
        started = time.monotonic()
        loss = training.epoch()
        values = {} if math.isnan(loss) else {"train:loss": loss}
        rate = len(prepared.data["train"].ids) / (time.monotonic() - started)
        kept.update()
        if validation is not None:
            with kept.in_place():
                values |= judge(classifier.scores, validation, len(prepared.labels))
        metrics.report(epoch, values)
        if group.any(stop.is_set()):
            log.warning("stopped during epoch %d of %d", epoch, settings["epochs"])
            break
        log.info("epoch %d: %d records/s", epoch, rate)
        key = "validation:accuracy"
        if validation is not None and (best is None or values[key] > best.values[key]):
            best = Best(epoch, values, kept.weights)
        resuming.take(Point(epoch, values, best), kept)
    resuming.save()
    weights = kept.weights
    if best and best.epoch != epoch and best.values["validation:accuracy"] >= values["validation:accuracy"]:
        log.info("keeping the network of epoch %d, the best of %d", best.epoch, epoch)
        metrics.report(best.epoch, best.values)  # once more, because a tuner takes what comes last
        weights = best.weights
    put(training.block, weights)
    return network


def lengths(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return int64 (n_records,): columns up to the last that is not padding; at least 1, so that no row is empty.

    Example:
        >>> lengths(np.array([[4, 0, 5, 0], [0, 0, 0, 0]], np.int32)).tolist()
        [3, 1]
    """
    there = ids != 0
    return np.where(there.any(axis=1), ids.shape[1] - np.argmax(there[:, ::-1], axis=1), 1)
