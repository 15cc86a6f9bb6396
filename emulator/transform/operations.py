"""CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.platform import Platform
from emulator.transform import requests
from emulator.transform.run import KIND, TransformRun


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTransformJob: whatever can be refused at once is refused here, then the job runs by itself."""
    model = requests.accept(platform, call, request)
    now = time.time()
    arn = KIND.add(platform, call, request, CreationTime=now, TransformStartTime=now)
    run = TransformRun(platform, call.region, request, model)
    platform.background.start(KIND.name, request["TransformJobName"], run)
    return {"TransformJobArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTransformJob."""
    record = KIND.find(platform, call, request["TransformJobName"])
    return {member: value for member, value in record.items() if member != "LastModifiedTime"}


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTransformJobs."""
    return KIND.list_(platform, request)


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopTransformJob: answered at once; the container is killed, and no output is kept."""
    KIND.stop(platform, call, request["TransformJobName"])
    return {}


recover = KIND.recover

OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateTransformJob": create,
    "DescribeTransformJob": describe,
    "ListTransformJobs": list_,
    "StopTransformJob": stop,
})  # fmt: skip
