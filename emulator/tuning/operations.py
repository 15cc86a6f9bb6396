"""CreateHyperParameterTuningJob and what belongs to it. Its training jobs are ordinary ones.

Random and Grid search as on AWS. Bayesian is accepted but drawn at random too, as the log of each training job says.
"""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api import paging
from emulator.api.call import Call
from emulator.api.errors import in_use, invalid, not_found, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.errors import EmulatorError
from emulator.platform import Platform
from emulator.resources import tags
from emulator.resources.jobs import Jobs
from emulator.state.records import Record, TakenError, UnknownError
from emulator.training import operations
from emulator.training import run as trainingruns
from emulator.tuning import ranges, summaries
from emulator.tuning import run as tuningruns
from emulator.tuning.run import KIND

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
"""Members that are honoured. Those of TrainingJobDefinition are looked at as a training job's."""

JOBS = Jobs(KIND, "HyperParameterTuningJob", "hyperparameter tuning job")
SUMMARY = (
    "HyperParameterTuningJobName", "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus", "CreationTime",
    "HyperParameterTuningEndTime", "LastModifiedTime",
)  # fmt: skip


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateHyperParameterTuningJob: the first training job is checked here, so that no tuning job starts in vain."""
    refuse_unsupported(request, SUPPORTED)
    name, arn = request["HyperParameterTuningJobName"], call.arn(KIND, request["HyperParameterTuningJobName"])
    _check(platform, call, request)
    now = time.time()
    record = {
        **{name: value for name, value in request.items() if name != "Tags"},
        "HyperParameterTuningJobArn": arn,
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    try:
        platform.store.add(KIND, name, record)
    except TakenError:
        raise in_use(
            "Tuning job names must be unique within an AWS account and region, and a tuning job with this name "
            f"already exists ({arn})"
        ) from None
    tags.add(platform, arn, request.get("Tags", []))
    platform.background.start(KIND, name, tuningruns.TuningRun(platform, call, request, arn))
    return {"HyperParameterTuningJobArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    record = _get(platform, request["HyperParameterTuningJobName"])
    trials = _trials(platform, record)
    found = summaries.best(trials, _objective(record))
    return {**record, **summaries.counters(trials), **({"BestTrainingJob": found} if found else {})}


def list_jobs(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    name, status = "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
    records, more = paging.page(platform.store.all(KIND), request, name, status)
    return {"HyperParameterTuningJobSummaries": [_job_summary(platform, record) for record in records], **more}


def list_trials(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob: sorted by name, ascending, unless the request says otherwise."""
    trials = _trials(platform, _get(platform, request["HyperParameterTuningJobName"]))
    order = {"SortBy": "Name", "SortOrder": "Ascending", **request}
    if order["SortBy"] == "FinalObjectiveMetricValue":
        trials = [{**each, "by": summaries.value(each)} for each in trials if each["ObjectiveStatus"] == "Succeeded"]
    found, more = paging.page(trials, order, "TrainingJobName", "TrainingJobStatus", FinalObjectiveMetricValue="by")
    return {"TrainingJobSummaries": [{key: each[key] for key in each if key != "by"} for each in found], **more}


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopHyperParameterTuningJob: no further training jobs, and running ones are stopped."""
    _get(platform, request["HyperParameterTuningJobName"])
    JOBS.stop(platform, request["HyperParameterTuningJobName"])
    return {}


def recover(platform: Platform) -> None:
    """Tuning jobs left unfinished by an earlier process have failed; so have their jobs, by training.recover."""
    for name in JOBS.unfinished(platform):
        tuningruns.finish(platform, name, "Failed", tuningruns.ENDED_WITHIN)


def _check(platform: Platform, call: Call, request: Mapping[str, Any]) -> None:
    """Raise ApiError for what the emulator cannot carry out, or what would fail for sure."""
    config = request["HyperParameterTuningJobConfig"]
    if "TrainingJobDefinition" not in request:
        raise invalid("TrainingJobDefinition is missing: it defines the training jobs")
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("HyperParameterTuningJobConfig has no HyperParameterTuningJobObjective: name the metric to tune")
    if config["Strategy"] == "Hyperband":
        raise unsupported("HyperParameterTuningJobConfig.Strategy Hyperband", "use Random, Grid or Bayesian")
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise unsupported("HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType Auto", "set it to Off")
    maximum = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if maximum is None and config["Strategy"] != "Grid":
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is missing: {config['Strategy']} search needs a limit")
    try:
        first = next(tuningruns.trials(config))
        points = ranges.read(config["ParameterRanges"]).points
    except EmulatorError as error:
        raise invalid(str(error)) from None
    if config["Strategy"] == "Grid" and maximum not in (None, points):
        raise invalid(f"ResourceLimits.MaxNumberOfTrainingJobs is {maximum}, but the grid has {points} points")
    static = request["TrainingJobDefinition"].get("StaticHyperParameters", {})
    if both := sorted(static.keys() & first.keys()):
        raise invalid(f"{both[0]} has a range and is in StaticHyperParameters too: leave it out of one of them")
    trial, _ = operations.prepared(platform, call, tuningruns.trial_request(request, 1, first))
    metrics = [each["Name"] for each in trial["AlgorithmSpecification"].get("MetricDefinitions", [])]
    wanted = _objective(request)["MetricName"]
    if wanted not in metrics:
        raise invalid(
            f"the objective {wanted} is not one of the training job's metrics "
            f"({', '.join(metrics) or 'it has none'}); define it in AlgorithmSpecification.MetricDefinitions"
        )


def _get(platform: Platform, name: str) -> Record:
    try:
        return platform.store.get(KIND, name)
    except UnknownError:
        raise not_found(f"Amazon SageMaker can't find a tuning job with the name {name}") from None


def _trials(platform: Platform, record: Record) -> list[summaries.Summary]:
    arn = record["HyperParameterTuningJobArn"]
    names = ranges.read(record["HyperParameterTuningJobConfig"]["ParameterRanges"]).names
    trials = [trial for trial in platform.store.all(trainingruns.KIND) if trial.get("TuningJobArn") == arn]
    return summaries.summaries(trials, _objective(record), names)


def _objective(described: Mapping[str, Any]) -> Mapping[str, str]:
    objective: Mapping[str, str] = described["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return objective


def _job_summary(platform: Platform, record: Record) -> dict[str, Any]:
    config = record["HyperParameterTuningJobConfig"]
    return {
        **{name: record[name] for name in SUMMARY if name in record},
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
        **summaries.counters(_trials(platform, record)),
    }


OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateHyperParameterTuningJob": create,
    "DescribeHyperParameterTuningJob": describe,
    "ListHyperParameterTuningJobs": list_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": list_trials,
    "StopHyperParameterTuningJob": stop,
})  # fmt: skip
