"""What a CreateHyperParameterTuningJob request may say: all of it is honoured, or refused by name."""

import secrets
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.errors import EmulatorError
from emulator.platform import Platform
from emulator.training import requests as training_requests
from emulator.tuning import ranges
from emulator.tuning.ranges import Values

SUPPORTED = frozenset({
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobConfig.Strategy",
    "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs",
    "HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges",
    "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType",
    "HyperParameterTuningJobConfig.RandomSeed",
    "TrainingJobDefinition",
    "Tags",
})  # fmt: skip
"""Members that are honoured. Those of TrainingJobDefinition are checked as a training job's."""


def check(platform: Platform, call: Call, request: Mapping[str, Any]) -> None:
    """Raise ApiError for what cannot be carried out. So is its first training job: no tuning job starts in vain."""
    refuse_unsupported(request, SUPPORTED)
    config = request["HyperParameterTuningJobConfig"]
    if "TrainingJobDefinition" not in request:
        raise invalid("TrainingJobDefinition is missing: it says what each training job trains")
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("HyperParameterTuningJobConfig has no HyperParameterTuningJobObjective: name the metric to tune")
    if config["Strategy"] == "Hyperband":
        raise unsupported("HyperParameterTuningJobConfig.Strategy Hyperband", "use Random, Grid or Bayesian")
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise unsupported("HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType Auto", "set it to Off")
    first = _check_ranges(config)
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    if both := sorted(static.keys() & first.keys()):
        raise invalid(f"{both[0]} has a range and is in StaticHyperParameters too: leave it out of one of them")
    job, _ = training_requests.accept(platform, call, training_request(request, 1, first))
    metrics = [each["Name"] for each in job["AlgorithmSpecification"].get("MetricDefinitions", [])]
    wanted = objective(request)["MetricName"]
    if wanted not in metrics:
        raise invalid(
            f"the objective {wanted} is not one of the training job's metrics ({', '.join(metrics) or 'it has none'}); "
            "define it in AlgorithmSpecification.MetricDefinitions"
        )


def draw(config: Mapping[str, Any]) -> Iterator[Values]:
    """Return the hyperparameters of each training job that a configuration asks for. Raises EmulatorError."""
    read = ranges.read(config.get("ParameterRanges", {}))
    if config["Strategy"] == "Grid":
        return read.grid()
    return islice(read.at_random(config.get("RandomSeed")), config["ResourceLimits"]["MaxNumberOfTrainingJobs"])


def training_request(request: Mapping[str, Any], number: int, values: Values) -> dict[str, Any]:
    """Return the CreateTrainingJob request of one of the tuning job's training jobs."""
    definition = dict(request["TrainingJobDefinition"])
    static = definition.pop("StaticHyperParameters", {})
    definition.pop("DefinitionName", None)
    return {
        **with_resources(definition),
        "TrainingJobName": f"{request['HyperParameterTuningJobName']}-{number:03}-{secrets.token_hex(4)}",
        "HyperParameters": {**static, **values, "_tuning_objective_metric": objective(request)["MetricName"]},
        "Tags": request.get("Tags", []),
    }


def with_resources(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with the ResourceConfig that HyperParameterTuningResourceConfig, if given, stands for."""
    given = definition.pop("HyperParameterTuningResourceConfig", None)
    if given is None:
        return definition
    if "ResourceConfig" in definition:
        raise invalid("TrainingJobDefinition has ResourceConfig and HyperParameterTuningResourceConfig: give one")
    for member in ("InstanceConfigs", "AllocationStrategy"):
        if given.get(member):
            raise unsupported(
                f"TrainingJobDefinition.HyperParameterTuningResourceConfig.{member}",
                "give InstanceType and InstanceCount",
            )
    return {**definition, "ResourceConfig": {key: value for key, value in given.items() if value}}


def add_objective(request: Mapping[str, Any]) -> None:
    """Put the objective among the static hyperparameters, where AWS describes it and SDKs look for it."""
    static = request["TrainingJobDefinition"].setdefault("StaticHyperParameters", {})
    static["_tuning_objective_metric"] = objective(request)["MetricName"]


def objective(request: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the objective of a checked request, or of a record."""
    found: Mapping[str, str] = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return found


def _check_ranges(config: Mapping[str, Any]) -> Values:
    """Return the hyperparameters of the first training job."""
    maximum = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if maximum is None and config["Strategy"] != "Grid":
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is missing: {config['Strategy']} search needs a limit")
    try:
        first = next(draw(config))
        points = ranges.read(config["ParameterRanges"]).points
    except EmulatorError as error:
        raise invalid(str(error)) from None
    if config["Strategy"] == "Grid" and maximum not in (None, points):
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is {maximum}, but the grid has {points} points")
    return first
