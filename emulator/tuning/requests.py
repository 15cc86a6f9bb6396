"""What a CreateHyperParameterTuningJob request may say: all of it is honoured, or refused by name."""

import secrets
from collections.abc import Mapping
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.errors import EmulatorError
from emulator.images import OBJECTIVE
from emulator.platform import Platform
from emulator.training import requests as training_requests
from emulator.tuning import hyperband, ranges, warmstart
from emulator.tuning.ranges import Values

SUPPORTED = frozenset({
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobConfig.Strategy",
    "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs",
    "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds",
    "HyperParameterTuningJobConfig.StrategyConfig",
    "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
    "HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges",
    "HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges",
    "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType",
    "HyperParameterTuningJobConfig.RandomSeed",
    "TrainingJobDefinition",
    "WarmStartConfig",
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
    if config.get("StrategyConfig") and config["Strategy"] != "Hyperband":
        raise invalid(f"StrategyConfig is for Hyperband, and the Strategy is {config['Strategy']}: leave it out")
    if config["Strategy"] == "Hyperband" and config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise invalid("Hyperband stops training jobs by its own rule: set TrainingJobEarlyStoppingType to Off")
    criteria = config.get("TuningJobCompletionCriteria", {})
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled":
        raise unsupported(
            "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.ConvergenceDetected",
            "use BestObjectiveNotImproving",
        )
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    first = _check_ranges(config, static)
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
    warmstart.check(platform, call, request)


def training_request(request: Mapping[str, Any], number: int, values: Values) -> dict[str, Any]:
    """Return the CreateTrainingJob request of one of the tuning job's training jobs."""
    definition = dict(request["TrainingJobDefinition"])
    static = definition.pop("StaticHyperParameters", {})
    definition.pop("DefinitionName", None)
    return {
        **with_resources(definition),
        "TrainingJobName": f"{request['HyperParameterTuningJobName']}-{number:03}-{secrets.token_hex(4)}",
        "HyperParameters": {**static, **values, OBJECTIVE: objective(request)["MetricName"]},
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
    static[OBJECTIVE] = objective(request)["MetricName"]


def objective(request: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the objective of a checked request, or of a record."""
    found: Mapping[str, str] = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return found


def _check_ranges(config: Mapping[str, Any], static: Mapping[str, str]) -> Values:
    """Return hyperparameters that a training job may have."""
    limits, strategy = config["ResourceLimits"], config["Strategy"]
    maximum = limits.get("MaxNumberOfTrainingJobs")
    if maximum is None and "MaxRuntimeInSeconds" not in limits and strategy != "Grid":
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is missing: {strategy} search needs a limit")
    try:
        read = ranges.read(config.get("ParameterRanges", {}))
        if strategy == "Grid":
            read.grid()
        if strategy == "Hyperband":
            hyperband.rounds(config, static)
    except EmulatorError as error:
        raise invalid(str(error)) from None
    if strategy == "Grid" and maximum not in (None, read.points):
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is {maximum}, but the grid has {read.points} points")
    return next(read.at_random(None))
