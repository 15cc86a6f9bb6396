"""The hyperparameters of `input` features that SageMaker's XGBoost takes, each carried out or refused by its name."""

import json
import logging
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from smcontract.errors import UserError, shown
from smcontract.hyperparameters import Hyperparameter

from xgboost_sentiment import metricnames
from xgboost_sentiment.objectives import DEFAULT_METRICS, is_multiclass

RENAMED: Mapping[str, str] = MappingProxyType({"reg:linear": "reg:squarederror"})

TREES = (
    "num_parallel_tree", "monotone_constraints", "interaction_constraints", "sampling_method", "refresh_leaf",
    "process_type",
)  # fmt: skip
DART = ("sample_type", "normalize_type", "rate_drop", "one_drop", "skip_drop")
PASSED = (
    "num_class", "base_score", "updater", "tweedie_variance_power", "aft_loss_distribution",
    "aft_loss_distribution_scale", *TREES, *DART,
)  # fmt: skip
"""Go to XGBoost as they are."""

HERE = ("csv_weights", "_kfold", "_num_cv_round", "use_external_memory")
"""Carried out here."""

WITHOUT_EFFECT: Mapping[str, str] = MappingProxyType({
    "sketch_eps": "XGBoost 3 has none",
    "lambda_bias": "XGBoost 3 has none",
    "prob_buffer_row": "XGBoost 3 has none",
    "deterministic_histogram": "histograms on CPUs are always deterministic",
    "single_precision_histogram": "XGBoost 3 has none",
    "predictor": "XGBoost 3 has only one",
    "dsplit": "hosts divide rows alone",
    "save_model_on_termination": "a job that is stopped always leaves its model",
    "use_dask_gpu_training": "this image has no GPU",
})  # fmt: skip
"""Taken, and changes nothing, as in SageMaker's own version 1.7."""

REFUSED: Mapping[tuple[str, str], str] = MappingProxyType({
    ("tree_method", "gpu_hist"): "this image has no GPU: set it to hist",
    ("predictor", "gpu_predictor"): "this image has no GPU: leave it out",
    ("use_dask_gpu_training", "true"): "this image has no GPU: leave it out",
    ("process_type", "update"): "it needs a model to start from, and a job has none: leave it out",
})  # fmt: skip

ON_DISK: Mapping[str, tuple[tuple[Any, ...], str]] = MappingProxyType({
    "booster": (("gbtree",), "only gbtree learns from rows on disk: set it to gbtree"),
    "tree_method": ((None, "auto", "hist"), "only hist learns from rows on disk: set it to hist"),
    "updater": ((None,), "only that of hist learns from rows on disk: leave it out"),
    "validation_fraction": ((0,), "rows on disk are not divided: give a validation channel"),
    "_kfold": ((None,), "rows on disk are not divided: leave it out"),
})  # fmt: skip
"""What `use_external_memory` allows of other hyperparameters, and why nothing else."""

_UPDATERS = (
    "grow_colmaker", "grow_histmaker", "grow_quantile_histmaker", "refresh", "prune", "sync", "shotgun",
    "coord_descent", "distcol", "grow_skmaker",
)  # fmt: skip
_GONE = ("distcol", "grow_skmaker")
_LINEAR = ("shotgun", "coord_descent")


def _row(name: str, kind: type, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=kind, default=None, help=f"features: {help}", **more)


def _idle(name: str, kind: type, **more: Any) -> Hyperparameter:
    refused = "".join(f" {value} is refused." for named, value in REFUSED if named == name)
    return _row(name, kind, f"no effect, as {WITHOUT_EFFECT[name]}.{refused}", **more)


def _fraction(name: str, help: str) -> Hyperparameter:
    return _row(name, float, help, minimum=0, maximum=1)


ROWS = (
    _row("num_class", int, "number of classes, for multi:softmax and multi:softprob.", minimum=2),
    _row("base_score", float, "where all predictions start. Default: estimated."),
    _row("csv_weights", int, "1: the second column of CSV files has the weights of the rows.", choices=(0, 1)),
    _row("num_parallel_tree", int, "trees that each round grows, 1 or more for a random forest.", minimum=1),
    _row("monotone_constraints", str, "direction of each column, such as `(1,0,-1)`."),
    _row("interaction_constraints", str, "columns that may meet in a tree, such as `[[0,1],[2,3]]`."),
    _row("updater", str, "how trees grow, or the linear model is fitted; names separated by commas."),
    _row("sampling_method", str, "how `subsample` chooses rows.", choices=("uniform", "gradient_based")),
    _row("refresh_leaf", int, "whether the updater refresh renews leaves.", choices=(0, 1)),
    _row("process_type", str, "update is refused: no job has a model to start from.", choices=("default", "update")),
    _row("tweedie_variance_power", float, "variance of reg:tweedie.", minimum=1, maximum=2, exclusive_minimum=True,
         exclusive_maximum=True),
    _row("aft_loss_distribution", str, "of survival:aft.", choices=("normal", "logistic", "extreme")),
    _row("aft_loss_distribution_scale", float, "of survival:aft.", minimum=0),
    _row("sample_type", str, "dart: how trees to drop are chosen.", choices=("uniform", "weighted")),
    _row("normalize_type", str, "dart: how new trees are weighted.", choices=("tree", "forest")),
    _fraction("rate_drop", "dart: fraction of the trees to drop."),
    _row("one_drop", int, "dart: 1 drops at least one tree.", choices=(0, 1)),
    _fraction("skip_drop", "dart: probability of dropping none in a round."),
    _row("_kfold", int, "number of parts for cross-validation.", minimum=2),
    _row("_num_cv_round", int, "how often cross-validation is repeated. Default: once.", minimum=1),
    _row("use_external_memory", bool, "true: rows stay on disk, where memory does not hold them. See below."),
    _idle("sketch_eps", float, minimum=0, maximum=1, exclusive_minimum=True, exclusive_maximum=True),
    _idle("lambda_bias", float, minimum=0, maximum=1),
    _idle("prob_buffer_row", float, minimum=0),
    _idle("deterministic_histogram", str, choices=("true", "false")),
    _idle("single_precision_histogram", str, choices=("true", "false")),
    _idle("predictor", str, choices=("auto", "cpu_predictor", "gpu_predictor")),
    _idle("dsplit", str, choices=("row", "col")),
    _idle("save_model_on_termination", str, choices=("true", "false")),
    _idle("use_dask_gpu_training", str, choices=("true", "false")),
)  # fmt: skip

NAMES = tuple(row.name for row in ROWS)

log = logging.getLogger(__name__)


def checked(values: Mapping[str, Any], trees: Collection[str] = TREES) -> dict[str, Any]:
    """Return the values as training takes them: `eval_metric` as a tuple, old names as new ones.

    `trees` are the names that only trees have. What has no effect is named in the log. Raises UserError for what cannot
    be carried out, and why.
    """
    objective = RENAMED.get(values["objective"], values["objective"])
    if objective not in DEFAULT_METRICS:
        raise UserError(f"objective is {shown(objective)}: expected one of {', '.join((*DEFAULT_METRICS, *RENAMED))}")
    for (name, value), why in REFUSED.items():
        if values[name] == value:
            raise UserError(f"{name} is {value}: {why}")
    if is_multiclass(objective) != (values["num_class"] is not None):
        raise UserError(
            f"{objective} needs num_class, the number of classes"
            if is_multiclass(objective)
            else f"num_class is {values['num_class']}: it is for multi:softmax and multi:softprob, not for {objective}"
        )
    _check_folds(values)
    if values["use_external_memory"]:
        _check_on_disk({**values, "objective": objective})
    idle = dict(WITHOUT_EFFECT)
    for names, boosters in ((DART, ("dart",)), (trees, ("gbtree", "dart"))):
        if values["booster"] not in boosters:
            idle |= dict.fromkeys(names, f"for booster {' or '.join(boosters)}")
    for name, why in idle.items():
        if values[name] is not None:
            log.info("no effect: %s: %s", name, why)
    values = {**values, **dict.fromkeys(idle)}
    return {
        **values,
        "objective": objective,
        "eval_metric": _metrics(values["eval_metric"] or DEFAULT_METRICS[objective], objective),
        "updater": _updater(values),
        "monotone_constraints": _monotone(values["monotone_constraints"]),
        "interaction_constraints": _interaction(values["interaction_constraints"]),
    }


def _check_folds(values: Mapping[str, Any]) -> None:
    if values["_kfold"] is None:
        if values["_num_cv_round"] is not None:
            raise UserError("_num_cv_round repeats cross-validation: set _kfold too, or leave it out")
        return
    for name, why in (
        ("early_stopping_rounds", "the held-out figures would be of the rows that chose the round"),
        ("validation_fraction", "every row is held out once"),
    ):
        if values[name]:
            raise UserError(f"{name} and _kfold do not go together, because {why}: leave one of them out")


def _check_on_disk(values: Mapping[str, Any]) -> None:
    for name, (allowed, why) in ON_DISK.items():
        if values[name] not in allowed:
            raise UserError(f"{name} is {values[name]}, and with use_external_memory {why}")
    if values["objective"].startswith("rank:"):
        raise UserError(
            f"objective is {values['objective']}, and with use_external_memory rows cannot be ranked, as pieces on "
            "disk would divide the groups: leave use_external_memory out"
        )


def _metrics(given: str, objective: str) -> tuple[str, ...]:
    metrics = tuple(name.strip() for name in given.split(","))
    known = (*metricnames.XGBOOST, *metricnames.CLASSES, *metricnames.NUMBERS)
    is_class = objective.startswith(("binary:", "multi:"))
    for metric in metrics:
        name, at, number = metric.partition("@")
        if name not in known or (at and name not in metricnames.WITH_NUMBER):
            raise UserError(f"eval_metric {shown(metric)} is unknown: choose from {', '.join(known)}")
        if at and not re.fullmatch(r"[0-9.]+-?", number):
            raise UserError(f"eval_metric {shown(metric)}: a number must follow the @, as in {name}@5")
        if name in metricnames.CLASSES and not is_class:
            raise UserError(f"eval_metric {name} is for classes, and {objective} predicts numbers")
        if name in metricnames.BINARY and is_multiclass(objective):
            raise UserError(f"eval_metric {name} is for two classes: choose {name.removesuffix('_binary')}_macro")
    return metrics


def _updater(values: Mapping[str, Any]) -> str | None:
    if values["updater"] is None:
        return None
    names = [name.strip() for name in values["updater"].split(",")]
    is_linear = values["booster"] == "gblinear"
    for name in names:
        if name not in _UPDATERS:
            raise UserError(f"updater {shown(name)} is unknown: choose from {', '.join(_UPDATERS)}")
        if name in _GONE:
            raise UserError(f"updater {name}: XGBoost no longer has it; leave it out")
        if (name in _LINEAR) != is_linear:
            raise UserError(f"updater {name} is for {'trees' if is_linear else 'booster gblinear'}: leave it out")
    if is_linear and len(names) > 1:
        raise UserError("the linear booster has one updater: name shotgun or coord_descent")
    return ",".join(names)


def _monotone(text: str | None) -> str | None:
    if text is None:
        return None
    inside = re.fullmatch(r"\s*[\[(]([-01,\s]*)[\])]\s*", text)
    numbers = [number.strip() for number in inside[1].strip(", ").split(",")] if inside else []
    if not numbers or not {"-1", "0", "1"}.issuperset(numbers):
        raise UserError(f"monotone_constraints is {shown(text)}: give -1, 0 or 1 for each column, such as (1,0,-1)")
    return f"({','.join(numbers)})"


def _interaction(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        groups = json.loads(text)
    except ValueError:
        groups = None
    if not isinstance(groups, list) or not groups or not all(map(_is_group, groups)):
        raise UserError(f"interaction_constraints is {shown(text)}: give lists of columns, such as [[0,1],[2,3]]")
    return json.dumps(groups)


def _is_group(group: object) -> bool:
    return isinstance(group, list) and bool(group) and all(type(n) is int and n >= 0 for n in group)
