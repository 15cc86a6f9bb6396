"""XGBoost, round by round: reports metrics, ends early when asked to. Reads and writes no files."""

import logging
import re
import threading
from collections.abc import Mapping
from typing import Any

import xgboost
from smcontract.errors import UserError
from smcontract.training.metrics import MetricLog

from xgboost_sentiment import metricnames, parameters, scoring, together
from xgboost_sentiment.hyperparameters import TREES
from xgboost_sentiment.matrices import matrix
from xgboost_sentiment.pieces import Table
from xgboost_sentiment.progress import Best, Part, State

BOTH_BOOSTERS = ("booster", "objective", "eta", "lambda", "alpha", "scale_pos_weight", "seed", "verbosity")

_CHECK = re.compile(r"^\[[0-9:]+\] |(?<=\] )?/\S+:[0-9]+: |Check failed: .*?(?: : |: (?=\w))")

log = logging.getLogger(__name__)


def train(
    data: Mapping[str, Table],
    settings: Mapping[str, Any],
    threads: int,
    stop: threading.Event,
    metrics: MetricLog,
    part: Part,
) -> xgboost.Booster:
    """Return the model after `num_round` rounds, or the best round's where `early_stopping_rounds` is set.

    The hosts of `part` train it together, each from its rows. Metrics of the train and, where there is, the validation
    data are reported after each round. When `stop` is set on a host, the round at hand is the last. Resumes from the
    state of `part`, which is told of each round. Raises UserError when XGBoost refuses a hyperparameter.
    """
    chosen, group = _parameters(settings, threads), part.group
    if part.is_kept:
        chosen["seed_per_iteration"] = True  # XGBoost's random numbers cannot be saved: each round has its own
    watched = [name for name in ("train", "validation") if name in data]
    try:
        given = together.intercept(data["train"], chosen, group)
        with together.communicator(group):
            matrices = [matrix(data[name], chosen, learns=name == "train") for name in watched]
            booster = xgboost.Booster({**chosen, **given}, matrices)
            booster = _rounds(booster, list(zip(matrices, watched, strict=True)), settings, stop, metrics, part)
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
    part: Part,
) -> xgboost.Booster:
    patience, decisive = settings["early_stopping_rounds"], settings["eval_metric"][-1]
    sign = 1 if metricnames.larger_is_better(decisive) else -1
    best: Best | None = None
    epoch, group = 0, part.group
    if part.state:
        epoch, model, best, history = part.state
        booster.load_model(bytearray(model))
        metrics.restore(history)

    def is_last() -> bool:
        is_worse = bool(patience and best and epoch - best.epoch >= patience)
        if epoch == settings["num_round"] or group.first(is_worse):
            return True
        return epoch > 0 and group.any(stop.is_set())

    def state() -> State:
        return State(epoch, bytes(booster.save_raw("ubj")), best, list(metrics.history))

    last = is_last()
    while not last:
        epoch += 1
        if part.is_kept and settings["booster"] != "gblinear":
            _renew_updaters(booster, settings)
        booster.update(watched[0][0], epoch - 1)
        values = scoring.evaluate(booster, watched, settings)
        metrics.report(epoch, values)
        if patience:
            key = f"validation:{decisive}"
            if best is None or sign * values[key] > sign * best.values[key]:
                best = Best(epoch, values, bytes(booster.save_raw("ubj")))
        last = is_last()
        part.keep(state, last)
    if group.any(stop.is_set()):
        log.warning("stopped after round %d of %d", epoch, settings["num_round"])
    if best is None or best.epoch == epoch:
        return booster
    log.info("keeping the model of round %d, the best of %d", best.epoch, epoch)
    metrics.report(best.epoch, best.values)  # once more, because a tuner takes what comes last
    return xgboost.Booster(model_file=bytearray(best.model))


def _renew_updaters(booster: xgboost.Booster, settings: Mapping[str, Any]) -> None:
    """Let the next round begin as the first after resuming does: what samples columns is made again, from its seed."""
    method = settings["tree_method"] or "auto"
    booster.set_param("tree_method", "hist" if method == "approx" else "approx")
    booster.save_config()  # XGBoost heeds a parameter when it is used next
    booster.set_param("tree_method", method)


def _sentence(error: Exception) -> str:
    """XGBoost writes `[time] source:line: Check failed: a > 0 : what is wrong`, and a stack trace on further lines."""
    return _CHECK.sub("", str(error).strip().splitlines()[0])
