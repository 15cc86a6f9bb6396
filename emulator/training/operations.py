"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob."""

import time
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.shapes import refuse_unsupported
from emulator.platform import Platform
from emulator.resources import failures, unheeded
from emulator.training import requests, statuses
from emulator.training.containers import Outcome
from emulator.training.run import TrainingRun
from emulator.training.statuses import KIND


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTrainingJob: whatever can be refused at once is refused here, then the job runs by itself."""
    return {"TrainingJobArn": start(platform, call, request)}


def start(platform: Platform, call: Call, request: Mapping[str, Any], note: str = "", **members: Any) -> str:
    """Start a job and return its ARN. Raises ApiError.

    `note` is the first line of its log; `members` are further ones of its record.
    """
    request, image = requests.accept(platform, call, request)
    record = {
        "EnableNetworkIsolation": False,
        "EnableManagedSpotTraining": False,
        "EnableInterContainerTrafficEncryption": False,
        "ProfilingStatus": "Disabled",
        **request,
    }
    now = time.time()
    statuses.enter(record, "Starting")
    arn = KIND.add(platform, call, record, CreationTime=now, **members)
    notes = [*filter(None, (note, image.note)), *unheeded.notes(request, *requests.UNHEEDED)]
    run = TrainingRun(platform, call.region, request, arn, image, notes)
    platform.background.start(KIND.name, request["TrainingJobName"], run)
    return arn


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return KIND.find(platform, call, request["TrainingJobName"])


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobs."""
    refuse_unsupported(request, requests.LIST_SUPPORTED)
    return KIND.list_(platform, request)


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopTrainingJob: answered at once; the container gets SIGTERM, and SIGKILL after 120 s."""
    KIND.stop(platform, call, request["TrainingJobName"], partial(statuses.enter, status="Stopping"))
    return {}


def recover(platform: Platform) -> None:
    """Jobs that an earlier process left in the middle have failed."""
    for name in KIND.unfinished(platform):
        statuses.finish(platform, name, Outcome("Failed", "Failed", failures.EMULATOR_ENDED))


OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateTrainingJob": create,
    "DescribeTrainingJob": describe,
    "ListTrainingJobs": list_,
    "StopTrainingJob": stop,
})  # fmt: skip
