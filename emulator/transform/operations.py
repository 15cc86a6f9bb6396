"""CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob."""

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import in_use, invalid, unsupported
from emulator.api.paging import page
from emulator.api.shapes import refuse_unsupported
from emulator.aws import locations
from emulator.errors import EmulatorError
from emulator.hosting import model_data, models
from emulator.platform import Platform
from emulator.resources import tags
from emulator.resources.jobs import Jobs
from emulator.state.records import Record, TakenError, UnknownError
from emulator.transform import plan, run
from emulator.transform.run import KIND

SUPPORTED = frozenset({
    "TransformJobName",
    "ModelName",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformInput.DataSource.S3DataSource.S3DataType",
    "TransformInput.DataSource.S3DataSource.S3Uri",
    "TransformInput.ContentType",
    "TransformInput.CompressionType",
    "TransformInput.SplitType",
    "TransformOutput.S3OutputPath",
    "TransformOutput.Accept",
    "TransformOutput.AssembleWith",
    "TransformResources.InstanceType",
    "TransformResources.InstanceCount",
    "DataProcessing",
    "Tags",
})  # fmt: skip
JOBS = Jobs(KIND, "TransformJob", "transform job")
SUMMARY = (
    "TransformJobName", "TransformJobArn", "CreationTime", "TransformEndTime", "LastModifiedTime",
    "TransformJobStatus", "FailureReason",
)  # fmt: skip


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTransformJob: everything that can be told at once is refused here, then the job runs by itself."""
    refuse_unsupported(request, SUPPORTED)
    model = models.KIND.find(platform, call, request["ModelName"])
    _check(platform, call, request, model)
    name, now, arn = request["TransformJobName"], time.time(), call.arn(KIND, request["TransformJobName"])
    record = {
        **{member: value for member, value in request.items() if member != "Tags"},
        "TransformJobArn": arn,
        "TransformJobStatus": "InProgress",
        "CreationTime": now,
        "TransformStartTime": now,
        "LastModifiedTime": now,
    }
    try:
        platform.store.add(KIND, name, record)
    except TakenError:
        raise in_use(
            f"Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"
        ) from None
    tags.add(platform, arn, request.get("Tags", []))
    platform.background.start(KIND, name, run.TransformRun(platform, call.region, request, model))
    return {"TransformJobArn": arn}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTransformJob."""
    record = _find(platform, request["TransformJobName"])
    return {member: value for member, value in record.items() if member != "LastModifiedTime"}


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListTransformJobs."""
    found, more = page(platform.store.all(KIND), request, "TransformJobName", "TransformJobStatus")
    summaries = [{member: record[member] for member in SUMMARY if member in record} for record in found]
    return {"TransformJobSummaries": summaries, **more}


def stop(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """StopTransformJob: answered at once; the container is killed, and no output is kept."""
    _find(platform, request["TransformJobName"])
    JOBS.stop(platform, request["TransformJobName"])
    return {}


def recover(platform: Platform) -> None:
    """Jobs that an earlier process left in the middle have failed."""
    for name in JOBS.unfinished(platform):
        run.finish(platform, name, "Failed", run.ENDED_WITHIN)


def _find(platform: Platform, name: str) -> Record:
    try:
        return platform.store.get(KIND, name)
    except UnknownError:
        raise invalid("Requested resource not found.") from None


def _check(platform: Platform, call: Call, request: Mapping[str, Any], model: Record) -> None:
    if request["TransformResources"]["InstanceCount"] > 1:
        raise unsupported(
            "An InstanceCount above 1", "set it to 1, and raise MaxConcurrentTransforms for more requests in parallel"
        )
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise unsupported(f"S3DataType {source['S3DataType']}", "use S3Prefix or ManifestFile")
    split = request["TransformInput"].get("SplitType", "None")
    if split not in plan.SPLIT_TYPES:
        raise unsupported(f"SplitType {split}", "use None or Line")
    if "ModelDataSource" in model_data.container(model):
        raise invalid("A model of ModelDataSource cannot be used in batch transform: create one with ModelDataUrl")
    locations.require_objects(platform.objects, source, model.get("ExecutionRoleArn", ""), call.region)
    locations.require_bucket(platform.objects, request["TransformOutput"]["S3OutputPath"], "S3OutputPath")
    nowhere = {"model_data": None, "data_source": Path(), "output_path": Path()}
    try:
        plan.validate(run.transform_job(request, model, call.region, **nowhere))
    except EmulatorError as error:
        raise invalid(str(error)) from None


OPERATIONS: Mapping[str, Any] = MappingProxyType({
    "CreateTransformJob": create,
    "DescribeTransformJob": describe,
    "ListTransformJobs": list_,
    "StopTransformJob": stop,
})  # fmt: skip
