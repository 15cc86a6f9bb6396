"""Trains a model of each label against the rest, for three labels or more, by the recipe for two. Reads no channels."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from smcontract.errors import shown
from smcontract.manifest import Manifest
from smcontract.training import artefact, baselines, metrics, quality
from smcontract.training.finish import finish
from smcontract.training.metrics import MetricLog
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context

from xgboost_sentiment import IMAGE, rest, stored, together
from xgboost_sentiment.evaluation import EXPLAINED, describe, rows, telling
from xgboost_sentiment.learner import Learnt, learn
from xgboost_sentiment.manylabels import ManyLabels
from xgboost_sentiment.prepared import Data, Prepared
from xgboost_sentiment.progress import Progress
from xgboost_sentiment.rest import Ratios

log = logging.getLogger(__name__)


def run(
    context: Context,
    prepared: Prepared | None,
    settings: Mapping[str, Any],
    workers: int,
    libraries: Sequence[str],
    progress: Progress,
) -> None:
    """Train and save; on SIGTERM save what there is: every label has a round at least.

    Only the first host of those that train has `prepared` data, and saves.
    """
    group = progress.group
    told: dict[str, Any] = {}
    if prepared:
        train, encoder = prepared.data["train"], prepared.encoder
        found = rest.ratios(train.matrix, train.labels, len(prepared.labels), settings["weighting"])
        told = {"labels": prepared.labels, "ratios": found}
    told = dict(group.broadcast(told))
    labels, weights = told["labels"], told["ratios"]
    data = together.spread(prepared.data if prepared else None, group)
    learnt = _train(data, labels, weights, settings, workers, context, progress)
    progress.save()
    if not prepared:
        return
    with artefact.staged(context.paths.model) as folder:
        stored.write(folder, learnt, weights)
        encoder.save(folder)
        card = Manifest.of(IMAGE, libraries, settings, encoder.fingerprint, labels, n_features=encoder.n_features)

        def evaluate(model: ManyLabels) -> None:
            _evaluate(model, prepared, context)
            context.metrics.save(folder / metrics.NAME)

        finish(folder, card, ManyLabels.load, prepared.golden, context, evaluate, prepared.sample, prepared.unseen)


def _train(
    every: Mapping[str, Data],
    labels: Sequence[str],
    weights: Ratios,
    settings: Mapping[str, Any],
    workers: int,
    context: Context,
    progress: Progress,
) -> list[Learnt]:
    """Return a model for each label. Linear ones take one thread each, so that as many labels train at once."""

    def train(number: int) -> tuple[Learnt, MetricLog]:
        own = MetricLog(quiet=True)
        data = {
            name: Data(
                rest.weigh(one.matrix, weights, number, settings["norm"]), (one.labels == number).astype(np.float32)
            )
            for name, one in every.items() if name in ("train", "validation")
        }  # fmt: skip
        return learn(data, settings, workers, context.stop, own, progress.part(number)), own

    models = []
    with ThreadPoolExecutor(workers if settings["booster"] == "gblinear" else 1) as pool:
        for label, (model, own) in zip(labels, pool.map(train, range(len(labels))), strict=True):
            figures = ", ".join(f"{name} {value:.4f}" for name, value in own.latest.items())
            log.info("%s against the rest: round %s: %s", shown(label), own.history[-1]["epoch"], figures)
            context.metrics.history += [{"label": label, **line} for line in own.history]
            models.append(model)
    if context.stop.is_set():
        log.warning("stopped: labels that were not finished have fewer rounds than num_round")
    return models


def _evaluate(model: ManyLabels, prepared: Prepared, context: Context) -> None:
    """Report the metrics of all data, and write the quality of `test`, or else of `validation`."""
    labels, train = model.manifest.labels, prepared.data["train"]
    margins = model.scorer.margins(rows(train.matrix))
    if (np.ptp(margins, axis=0) == 0).all():
        log.warning("the model gives every row the same score: train for more rounds, or with less regularisation")
    right = rest.probabilities(margins).argmax(axis=1) == train.labels
    context.metrics.report(None, {"train:accuracy": float(right.mean())})
    describe(prepared, context)
    for name in ("validation", "test"):
        if name not in prepared.data:
            continue
        data = prepared.data[name]
        held_out = HeldOut(name, labels, data.labels, model.probabilities(rows(data.matrix)))
        quality.report(held_out, context, prepared.held_out[name])
        if name == "test" or "test" not in prepared.data:
            single = model.encoder.single
            compared = baselines.predict(single(train.matrix), train.labels, single(data.matrix))
            records = prepared.held_out[name]
            looked_at = data.matrix[:EXPLAINED]
            every = [model.scorer.contributions(rows(looked_at), number) for number in range(len(labels))]
            each = (np.stack([one.stored for one in row], axis=1) for row in zip(*every, strict=True))
            told = telling(labels, model.encoder, looked_at, records, each)
            quality.write(held_out, records, compared, told, context)
