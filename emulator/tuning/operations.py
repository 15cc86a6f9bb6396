"""CreateHyperParameterTuningJob and what belongs to it. Its training jobs are ordinary ones.

Random and Grid search as on AWS. Bayesian is accepted and drawn at random as well, which the log of each training job
says.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from emulator.api import paging
from emulator.api.call import Call
from emulator.platform import Platform
from emulator.resources import failures
from emulator.state.records import Record
from emulator.training import statuses
from emulator.tuning import ranges, requests, summaries
from emulator.tuning.run import KIND, TuningRun


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
    jobs = _training_jobs(platform, record)
    best = summaries.best(jobs, requests.objective(record))
    definition = record["TrainingJobDefinition"]
    definition = {**definition, **requests.with_resources(dict(definition))}  # SDKs look for ResourceConfig here
    return {
        **record,
        "TrainingJobDefinition": definition,
        **summaries.counters(jobs),
        **({"BestTrainingJob": best} if best else {}),
    }


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    return KIND.list_(platform, request, partial(_progress, platform))


def list_training_jobs(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob: sorted by name, ascending, unless the request says otherwise."""
    jobs = _training_jobs(platform, KIND.find(platform, call, request["HyperParameterTuningJobName"]))
    order = {"SortBy": "Name", "SortOrder": "Ascending", **request}
    if order["SortBy"] == "FinalObjectiveMetricValue":
        jobs = [{**each, "by": summaries.value(each)} for each in jobs if each["ObjectiveStatus"] == "Succeeded"]
    found, more = paging.page(jobs, order, "TrainingJobName", "TrainingJobStatus", FinalObjectiveMetricValue="by")
    return {"TrainingJobSummaries": [{key: each[key] for key in each if key != "by"} for each in found], **more}


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopHyperParameterTuningJob: no further training jobs, and running ones are stopped."""
    KIND.stop(platform, call, request["HyperParameterTuningJobName"])
    return {}


def recover(platform: Platform) -> None:
    """Tuning jobs that an earlier process left in the middle have failed, as their training jobs have."""
    for name in KIND.unfinished(platform):
        KIND.finish(platform, name, "Failed", failures.EMULATOR_ENDED)


def _training_jobs(platform: Platform, record: Record) -> list[summaries.Summary]:
    arn = record["HyperParameterTuningJobArn"]
    names = ranges.read(record["HyperParameterTuningJobConfig"]["ParameterRanges"]).names
    jobs = [job for job in platform.store.all(statuses.KIND.name) if job.get("TuningJobArn") == arn]
    return summaries.summarize(jobs, requests.objective(record), names)


def _progress(platform: Platform, record: Record) -> dict[str, Any]:
    config = record["HyperParameterTuningJobConfig"]
    counters = summaries.counters(_training_jobs(platform, record))
    return {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"], **counters}


OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateHyperParameterTuningJob": create,
    "DescribeHyperParameterTuningJob": describe,
    "ListHyperParameterTuningJobs": list_,
    "ListTrainingJobsForHyperParameterTuningJob": list_training_jobs,
    "StopHyperParameterTuningJob": stop,
})  # fmt: skip
