"""CreateHyperParameterTuningJob, from the plan of its training jobs, and ranges as the command line writes them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driver.errors import DriverError, quote
from driver.requests import names, training
from driver.requests.request import Request

KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_SCALES = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")

Ranges = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What is searched for, how, and how long. `objective` has MetricName and Type, Maximize or Minimize."""

    objective: Mapping[str, str]
    ranges: Ranges
    strategy: str = "Random"
    jobs: int = 6
    parallel: int = 2
    is_stopping_early: bool = False
    seed: int | None = None

    @property
    def tuned(self) -> set[str]:
        """The names of the hyperparameters that are tuned."""
        return {entry["Name"] for entries in self.ranges.values() for entry in entries}


def create_tuning_job(plan: training.Plan, tuning: Tuning) -> Request:
    """Return the request; the plan's name is the tuning job's. Raises DriverError for what cannot be carried out."""
    if not any(tuning.ranges.values()):
        raise DriverError("nothing to tune: give --range NAME=LOW:HIGH")
    if tuning.jobs < 1 or tuning.parallel < 1:
        raise DriverError(f"{tuning.jobs} training jobs, {tuning.parallel} at once: give 1 or more of both")
    if tuning.strategy == "Hyperband" and tuning.is_stopping_early:
        raise DriverError(
            "Hyperband stops training jobs by itself, and SageMaker refuses early stopping with it: leave it out"
        )
    if both := sorted(tuning.tuned & plan.hyperparameters.keys()):
        others = sorted(tuning.tuned - set(both)) or ["NAME"]
        raise DriverError(
            f"{', '.join(both)}: both set and tuned: leave out --set, or say what to tune: "
            f"{' '.join(f'--range {name}' for name in others)}"
        )
    config: dict[str, Any] = {
        "Strategy": tuning.strategy,
        "HyperParameterTuningJobObjective": dict(tuning.objective),
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": tuning.jobs,
            "MaxParallelTrainingJobs": min(tuning.parallel, tuning.jobs),
        },
        "ParameterRanges": {kind: entries for kind, entries in tuning.ranges.items() if entries},
        "TrainingJobEarlyStoppingType": "Auto" if tuning.is_stopping_early else "Off",
    }
    if tuning.strategy == "Grid":
        # The grid determines the number of training jobs, and AWS accepts no other number.
        del config["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if tuning.seed is not None:
        config["RandomSeed"] = tuning.seed
    job: dict[str, Any] = {**training.definition(plan), "StaticHyperParameters": dict(plan.hyperparameters)}
    if plan.environment:
        job["Environment"] = dict(plan.environment)
    parameters: dict[str, Any] = {
        "HyperParameterTuningJobName": names.check(plan.name, "tuning job"),
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinition": job,
    }
    if plan.tags:
        parameters["Tags"] = training.tags(plan.tags)
    return Request("sagemaker", "CreateHyperParameterTuningJob", parameters)


def ranges(given: Iterable[str], known: Ranges) -> Ranges:
    """Return the ParameterRanges that texts stand for: `NAME`, `NAME=LOW:HIGH[:SCALE]` or `NAME=A,B,C`.

    `known` are the ranges of the image's table: what a name alone means, and which numbers are integers. Of a name
    that comes twice the later text counts. Raises DriverError for another form, and for a bare name that is not known.

    Example:
        >>> ranges(["eta=0.1:0.5", "booster=gbtree,gblinear"], {})["ContinuousParameterRanges"]
        [{'Name': 'eta', 'MinValue': '0.1', 'MaxValue': '0.5', 'ScalingType': 'Auto'}]
    """
    table = {entry["Name"]: (kind, entry) for kind, entries in known.items() for entry in entries}
    found = {text.partition("=")[0]: _range(text, table) for text in given}
    return {kind: [entry for of_kind, entry in found.values() if of_kind == kind] for kind in KINDS}


def _range(text: str, table: Mapping[str, tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    name, equals, rest = text.partition("=")
    if not equals:
        if name not in table:
            raise DriverError(f"{quote(name)} has no known range: give --range {name}=LOW:HIGH")
        return table[name]
    if ":" not in rest:
        return "CategoricalParameterRanges", {"Name": name, "Values": rest.split(",")}
    low, high, *scale = rest.split(":")
    values = [_number(low, text), _number(high, text)]
    if values[0] > values[1]:
        raise DriverError(f"--range {text}: {low} is above {high}; swap them")
    kind, entry = table.get(name, ("", {}))
    if kind not in KINDS[:2]:
        kind = KINDS[0] if _are_integers((low, high)) else KINDS[1]
    scaling = scale[0] if scale else entry.get("ScalingType", "Auto")
    if scaling not in _SCALES or scale[1:]:
        raise DriverError(
            f"--range {text}: the scale is {quote(':'.join(scale))}: expected one of {', '.join(_SCALES)}"
        )
    return kind, {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


def _number(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DriverError(f"--range {whole}: {quote(text)} is not a number: expected NAME=LOW:HIGH[:SCALE]")
    return value


def _are_integers(texts: Sequence[str]) -> bool:
    return all(text.lstrip("+-").isdecimal() for text in texts)
