"""XGBoost, round by round: reports metrics, ends early when asked to. Reads and writes no files."""

import logging
import re
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import xgboost
from smcontract.errors import UserError
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog

from xgboost_sentiment import metricnames, parameters, scoring, together
from xgboost_sentiment.hyperparameters import TREES
from xgboost_sentiment.matrices import matrix
from xgboost_sentiment.prepared import Data

BOTH_BOOSTERS = ("booster", "objective", "eta", "lambda", "alpha", "scale_pos_weight", "seed", "verbosity")

_CHECK = re.compile(r"^\[[0-9:]+\] |(?<=\] )?/\S+:[0-9]+: |Check failed: .*?(?: : |: (?=\w))")

log = logging.getLogger(__name__)


class _Best(NamedTuple):
    epoch: int
    values: dict[str, float]
    model: bytearray


def train(
    data: Mapping[str, Data],
    settings: Mapping[str, Any],
    threads: int,
    stop: threading.Event,
    metrics: MetricLog,
    group: Group,
) -> xgboost.Booster:
    """Return the model after `num_round` rounds, or the best round's where `early_stopping_rounds` is set.

    The hosts of the group train it together, each from its rows. Metrics of the train and, where there is, the
    validation data are reported after each round. When `stop` is set on a host, the round at hand is the last. Raises
    UserError when XGBoost refuses a hyperparameter.
    """
    chosen = _parameters(settings, threads)
    watched = [name for name in ("train", "validation") if name in data]
    try:
        given = together.intercept(data["train"], chosen, group)
        with together.communicator(group):
            matrices = [matrix(data[name], chosen) for name in watched]
            booster = xgboost.Booster({**chosen, **given}, matrices)
            booster = _rounds(booster, list(zip(matrices, watched, strict=True)), settings, stop, metrics, group)
        return together.as_one(booster) if given else booster
    except xgboost.core.XGBoostError as error:
        group.settle()
        raise UserError(f"XGBoost refuses this data with these hyperparameters: {_sentence(error)}") from error


def _parameters(settings: Mapping[str, Any], threads: int) -> dict[str, Any]:
    names = (*BOTH_BOOSTERS, *TREES, *parameters.PASSED)
    chosen = {name: settings[name] for name in names if settings[name] is not None}
    chosen |= {"eval_metric": scoring.builtin(settings), "disable_default_eval_metric": True}
    if settings["booster"] != "gblinear":
        return chosen | {"nthread": settings["nthread"] or threads}
    # On one thread shotgun takes the features in turn, and the model is that of coord_descent, bit for bit. The latter
    # opens a parallel region for each feature, which takes six times as long as the feature.
    return {"updater": "shotgun", **chosen, "nthread": 1, "feature_selector": "cyclic"}


def _rounds(
    booster: xgboost.Booster,
    watched: list[tuple[xgboost.DMatrix, str]],
    settings: Mapping[str, Any],
    stop: threading.Event,
    metrics: MetricLog,
    group: Group,
) -> xgboost.Booster:
    patience, decisive = settings["early_stopping_rounds"], settings["eval_metric"][-1]
    sign = 1 if metricnames.larger_is_better(decisive) else -1
    best: _Best | None = None
    epoch = 0
    for epoch in range(1, settings["num_round"] + 1):
        booster.update(watched[0][0], epoch - 1)
        values = scoring.evaluate(booster, watched, settings)
        metrics.report(epoch, values)
        if patience:
            key = f"validation:{decisive}"
            if best is None or sign * values[key] > sign * best.values[key]:
                best = _Best(epoch, values, booster.save_raw("ubj"))
        waited = bool(patience and best and epoch - best.epoch >= patience)
        if group.first(waited):
            break
        if group.any(stop.is_set()):
            log.warning("stopped after round %d of %d", epoch, settings["num_round"])
            break
    if best is None or best.epoch == epoch:
        return booster
    log.info("keeping the model of round %d, the best of %d", best.epoch, epoch)
    metrics.report(best.epoch, best.values)  # once more, because a tuner takes what comes last
    return xgboost.Booster(model_file=best.model)


def _sentence(error: Exception) -> str:
    """XGBoost writes `[time] source:line: Check failed: a > 0 : what is wrong`, and a stack trace on further lines."""
    return _CHECK.sub("", str(error).strip().splitlines()[0])
