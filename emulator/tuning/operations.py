"""CreateHyperParameterTuningJob and what belongs to it. Its training jobs are ordinary ones."""

import time
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from emulator.api import paging
from emulator.api.call import Call
from emulator.platform import Platform
from emulator.state.records import Record
from emulator.tuning import requests, stopping, summaries, warmstart
from emulator.tuning.kind import KIND, training_jobs
from emulator.tuning.run import TuningRun


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateHyperParameterTuningJob: whatever can be refused at once is refused here, then the job runs by itself."""
    requests.check(platform, call, request)
    requests.add_objective(request)
    arn = KIND.add(platform, call, request)
    run = TuningRun(platform, call, request, arn)
    platform.background.start(KIND.name, request["HyperParameterTuningJobName"], run)
    return {"HyperParameterTuningJobArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    record = KIND.find(platform, call, request["HyperParameterTuningJobName"])
    jobs, objective = training_jobs(platform, record), requests.objective(record)
    seconds = record.get("HyperParameterTuningEndTime", time.time()) - record["CreationTime"]
    best = {
        "BestTrainingJob": summaries.best(jobs, objective),
        "OverallBestTrainingJob": warmstart.overall_best(platform, record),
    }
    definition = record["TrainingJobDefinition"]
    definition = {**definition, **requests.with_resources(dict(definition))}  # SDKs look for ResourceConfig here
    return {
        **record,
        "TrainingJobDefinition": definition,
        **summaries.counters(jobs),
        **{member: job for member, job in best.items() if job},
        "TuningJobCompletionDetails": {
            "NumberOfTrainingJobsObjectiveNotImproving": stopping.not_improving(jobs, objective)
        },
        "ConsumedResources": {"RuntimeInSeconds": round(seconds)},
    }


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    return KIND.list_(platform, request, partial(_progress, platform))


def list_training_jobs(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob: sorted by name, ascending, unless the request says otherwise."""
    jobs = training_jobs(platform, KIND.find(platform, call, request["HyperParameterTuningJobName"]))
    order = {"SortBy": "Name", "SortOrder": "Ascending", **request}
    if order["SortBy"] == "FinalObjectiveMetricValue":
        jobs = [{**each, "by": summaries.value(each)} for each in jobs if each["ObjectiveStatus"] == "Succeeded"]
    found, more = paging.page(jobs, order, "TrainingJobName", "TrainingJobStatus", FinalObjectiveMetricValue="by")
    return {"TrainingJobSummaries": [{key: each[key] for key in each if key != "by"} for each in found], **more}


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopHyperParameterTuningJob: no further training jobs, and running ones are stopped."""
    KIND.stop(platform, call, request["HyperParameterTuningJobName"])
    return {}


def _progress(platform: Platform, record: Record) -> dict[str, Any]:
    config = record["HyperParameterTuningJobConfig"]
    counters = summaries.counters(training_jobs(platform, record))
    return {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"], **counters}


recover = KIND.recover

OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateHyperParameterTuningJob": create,
    "DescribeHyperParameterTuningJob": describe,
    "ListHyperParameterTuningJobs": list_,
    "ListTrainingJobsForHyperParameterTuningJob": list_training_jobs,
    "StopHyperParameterTuningJob": stop,
})  # fmt: skip
