"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api import paging
from emulator.api.call import Call
from emulator.api.errors import in_use, invalid
from emulator.api.shapes import refuse_unsupported
from emulator.images import Resolved
from emulator.platform import Platform
from emulator.resources import tags
from emulator.resources.jobs import Jobs
from emulator.state.records import Record, TakenError, UnknownError
from emulator.training import requests, run
from emulator.training.run import KIND, TrainingRun

JOBS = Jobs(KIND, "TrainingJob", "training job", lambda record: run.enter(record, "Stopping"))
SUMMARY = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime", "TrainingJobStatus",
    "SecondaryStatus",
)  # fmt: skip
LIST_SUPPORTED = frozenset({
    "NextToken", "MaxResults", "CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter",
    "LastModifiedTimeBefore", "NameContains", "StatusEquals", "SortBy", "SortOrder",
})  # fmt: skip


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTrainingJob: everything that can be told at once is refused here, then the job runs by itself."""
    return {"TrainingJobArn": start(platform, call, request)}


def start(platform: Platform, call: Call, request: Mapping[str, Any], note: str = "", **members: Any) -> str:
    """Start a job and return its ARN. Raises ApiError.

    `note` is the first line of its log; `members` are further ones of its record.
    """
    name = request["TrainingJobName"]
    arn = call.arn(KIND, name)
    request, image = prepared(platform, call, request)
    try:
        platform.store.add(KIND, name, _record(request, arn) | members)
    except TakenError:
        raise in_use(
            "Training job names must be unique within an AWS account and region, and a training job with this name "
            f"already exists ({arn})"
        ) from None
    tags.add(platform, arn, request.get("Tags", []))
    notes = [line for line in (note, image.note) if line]
    platform.background.start(KIND, name, TrainingRun(platform, call.region, request, arn, image, notes))
    return arn


def prepared(platform: Platform, call: Call, request: Mapping[str, Any]) -> tuple[dict[str, Any], Resolved]:
    """Check a request: return it as the job will be described, and its image. Raises ApiError."""
    whole = requests.checked(request, platform, call.region)
    image = platform.images.resolve(whole["AlgorithmSpecification"]["TrainingImage"], call.region)
    return requests.with_metrics_of(whole, image), image


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return get(platform, request["TrainingJobName"])


def get(platform: Platform, name: str) -> Record:
    """Return a job's record; raises ApiError."""
    try:
        return platform.store.get(KIND, name)
    except UnknownError:
        raise invalid("Requested resource not found.") from None


def list_jobs(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobs."""
    refuse_unsupported(request, LIST_SUPPORTED)
    records, more = paging.page(platform.store.all(KIND), request, "TrainingJobName", "TrainingJobStatus")
    summaries = [{name: record[name] for name in SUMMARY if name in record} for record in records]
    return {"TrainingJobSummaries": summaries, **more}


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopTrainingJob: answered at once; the container gets SIGTERM, and SIGKILL after 120 s."""
    get(platform, request["TrainingJobName"])
    JOBS.stop(platform, request["TrainingJobName"])
    return {}


def recover(platform: Platform) -> None:
    """Jobs that an earlier process left in the middle have failed."""
    for name in JOBS.unfinished(platform):
        run.fail(platform, name, run.ENDED_WITHIN)


def _record(request: Mapping[str, Any], arn: str) -> Record:
    now = time.time()
    record = {
        "EnableNetworkIsolation": False,
        "EnableManagedSpotTraining": False,
        "EnableInterContainerTrafficEncryption": False,
        "ProfilingStatus": "Disabled",
        **{name: value for name, value in request.items() if name != "Tags"},
        "TrainingJobArn": arn,
        "TrainingJobStatus": "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    run.enter(record, "Starting")
    return record


OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateTrainingJob": create,
    "DescribeTrainingJob": describe,
    "ListTrainingJobs": list_jobs,
    "StopTrainingJob": stop,
})  # fmt: skip
