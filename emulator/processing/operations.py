"""CreateProcessingJob, DescribeProcessingJob, ListProcessingJobs, StopProcessingJob."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.platform import Platform
from emulator.processing import requests
from emulator.processing.run import KIND, ProcessingRun


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateProcessingJob: whatever can be refused at once is refused here, then the job runs by itself."""
    complete, image = requests.accept(platform, call, request)
    arn = KIND.add(platform, call, complete)
    run = ProcessingRun(platform, call.region, complete, arn, image)
    platform.background.start(KIND.name, request["ProcessingJobName"], run)
    return {"ProcessingJobArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeProcessingJob."""
    return KIND.find(platform, call, request["ProcessingJobName"])


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListProcessingJobs."""
    return KIND.list_(platform, request)


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopProcessingJob: answered at once; the container gets SIGTERM, and SIGKILL after 120 s."""
    KIND.stop(platform, call, request["ProcessingJobName"])
    return {}


recover = KIND.recover

OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateProcessingJob": create,
    "DescribeProcessingJob": describe,
    "ListProcessingJobs": list_,
    "StopProcessingJob": stop,
})  # fmt: skip
