"""What requests for training jobs may say: all of it is honoured, or refused by name."""

from collections.abc import Callable, Mapping
from operator import not_
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.aws import locations
from emulator.errors import EmulatorError
from emulator.images import PROGRAM, RunnableImage
from emulator.platform import Platform
from emulator.training import layout, script
from emulator.training.job import Channel, MetricDefinition, TrainingJob
from emulator.training.metrics import MetricReader

UNHEEDED = (
    "VpcConfig", "OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId", "EnableInterContainerTrafficEncryption",
    "ProfilerConfig.S3OutputPath",
)  # fmt: skip
"""See `emulator.resources.unheeded`."""

SUPPORTED = frozenset({
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification.TrainingImage",
    "AlgorithmSpecification.TrainingInputMode",
    "AlgorithmSpecification.MetricDefinitions",
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    "AlgorithmSpecification.ContainerEntrypoint",
    "AlgorithmSpecification.ContainerArguments",
    "RoleArn",
    "InputDataConfig.ChannelName",
    "InputDataConfig.DataSource.S3DataSource.S3DataType",
    "InputDataConfig.DataSource.S3DataSource.S3Uri",
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType",
    "InputDataConfig.ContentType",
    "InputDataConfig.InputMode",
    "OutputDataConfig.S3OutputPath",
    "OutputDataConfig.CompressionType",
    "ResourceConfig.InstanceType",
    "ResourceConfig.InstanceCount",
    "ResourceConfig.VolumeSizeInGB",
    "StoppingCondition",
    "Tags",
    "EnableNetworkIsolation",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "Environment",
    "ProfilerConfig.DisableProfiler",
    "ProfilerConfig.ProfilingIntervalInMilliseconds",
    "ProfilerConfig.ProfilingParameters",
    *UNHEEDED,
})  # fmt: skip
"""Members that are honoured. VolumeSizeInGB limits nothing here, as with instances that have a disk of their own."""

LIST_SUPPORTED = frozenset({
    "NextToken", "MaxResults", "CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter",
    "LastModifiedTimeBefore", "NameContains", "StatusEquals", "SortBy", "SortOrder",
})  # fmt: skip


def _all_off(value: Mapping[str, Any]) -> bool:
    return not any(value.values())


def _saves_nothing(hook: Mapping[str, Any]) -> bool:
    return not (hook.get("CollectionConfigurations") or hook.get("HookParameters"))


def _of_the_platform(image: Mapping[str, Any]) -> bool:
    return image == {"TrainingRepositoryAccessMode": "Platform"}


def _none(value: str) -> bool:
    return value == "None"


OFF: Mapping[str, Callable[[Any], bool]] = MappingProxyType({
    "AlgorithmSpecification.TrainingImageConfig": _of_the_platform,
    "InputDataConfig.CompressionType": _none,
    "InputDataConfig.RecordWrapperType": _none,
    "ResourceConfig.KeepAlivePeriodInSeconds": not_,
    "ResourceConfig.InstanceGroups": not_,
    "DebugHookConfig": _saves_nothing,
    "DebugRuleConfigurations": not_,
    "ProfilerRuleConfigurations": not_,
    "RemoteDebugConfig": _all_off,
    "InfraCheckConfig": _all_off,
    "SessionChainingConfig": _all_off,
})  # fmt: skip
"""Members that are accepted where they ask for nothing, since SDKs send them so."""


def accept(platform: Platform, call: Call, request: Mapping[str, Any]) -> tuple[dict[str, Any], RunnableImage]:
    """Return the request as the job will be described, and its image. Raises ApiError for what cannot be carried out.

    Added are the service's defaults, and the metrics that a first-party algorithm has of its own.
    """
    refuse_unsupported(_drop_disabled(request, ""), SUPPORTED)
    complete = _with_defaults(request)
    _check(platform, call, complete)
    image = platform.images.resolve(complete["AlgorithmSpecification"]["TrainingImage"], call.region)
    script.check(complete, image)
    return _with_metrics_of(complete, image), image


def _check(platform: Platform, call: Call, request: Mapping[str, Any]) -> None:
    _check_algorithm(request.get("AlgorithmSpecification", {}))
    for channel in request.get("InputDataConfig", []):
        _check_channel(channel)
        source = channel["DataSource"]["S3DataSource"]
        locations.require_objects(platform.objects, source, request["RoleArn"], call.region)
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if twice := {name for name in names if names.count(name) > 1}:
        raise invalid(f"InputDataConfig names the channel {min(twice)} more than once: give each its own name")
    _check_resources(request.get("ResourceConfig", {}))
    if request.get("EnableNetworkIsolation") and not platform.images.has_containers:
        raise unsupported("EnableNetworkIsolation with the process engine", "leave it out, or use the docker engine")
    _check_limits(request)
    locations.require_bucket(platform.objects, request["OutputDataConfig"]["S3OutputPath"], "S3OutputPath")
    if "CheckpointConfig" in request:
        locations.require_bucket(platform.objects, request["CheckpointConfig"]["S3Uri"], "CheckpointConfig.S3Uri")
    try:
        job = training_job(request)
        MetricReader(job.metric_definitions)
        if job.checkpoint_local_path:
            layout.checkpoints(job)
    except EmulatorError as error:
        raise invalid(str(error)) from None


def _with_metrics_of(request: dict[str, Any], image: RunnableImage) -> dict[str, Any]:
    if not image.metric_definitions or PROGRAM in request.get("HyperParameters", {}):
        return request
    algorithm = request["AlgorithmSpecification"]
    if algorithm.get("MetricDefinitions"):
        raise invalid(
            "You can't override the metric definitions for Amazon SageMaker algorithms. "
            "Please retry the request without specifying metric definitions."
        )
    return {**request, "AlgorithmSpecification": {**algorithm, "MetricDefinitions": list(image.metric_definitions)}}


def training_job(request: Mapping[str, Any], **members: Any) -> TrainingJob:
    """Return the job that a checked request asks for; `members` are further ones, or others, of TrainingJob."""
    algorithm, resources = request["AlgorithmSpecification"], request["ResourceConfig"]
    checkpoints = request.get("CheckpointConfig")
    definitions = algorithm.get("MetricDefinitions", [])
    wanted = {
        "training_job_name": request["TrainingJobName"],
        "hyper_parameters": request.get("HyperParameters", {}),
        "environment": request.get("Environment", {}),
        "metric_definitions": tuple(MetricDefinition(each["Name"], each["Regex"]) for each in definitions),
        "instance_type": resources["InstanceType"],
        "instance_count": resources["InstanceCount"],
        "enable_network_isolation": request.get("EnableNetworkIsolation", False),
        "max_runtime_in_seconds": request["StoppingCondition"]["MaxRuntimeInSeconds"],
        "container_entrypoint": tuple(algorithm.get("ContainerEntrypoint", ())),
        "container_arguments": tuple(algorithm.get("ContainerArguments", ())),
        "checkpoint_local_path": checkpoints["LocalPath"] if checkpoints else None,
    }
    return TrainingJob(**(wanted | members))


def channel(described: Mapping[str, Any], files: Mapping[str, Path]) -> Channel:
    """Return a channel of a checked request, with its files by their names in it."""
    source = described["DataSource"]["S3DataSource"]
    return Channel(
        described["ChannelName"],
        files,
        described.get("ContentType"),
        s3_data_distribution_type=source["S3DataDistributionType"],
    )


def _drop_disabled(value: Any, path: str) -> Any:
    """The request without what asks for nothing."""
    if isinstance(value, list):
        return [_drop_disabled(member, path) for member in value]
    if not isinstance(value, Mapping):
        return value
    members = ((name, member, f"{path}.{name}" if path else name) for name, member in value.items())
    return {
        name: _drop_disabled(member, below)
        for name, member, below in members
        if not (below in OFF and OFF[below](member))
    }


def _with_defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(request)
    whole["StoppingCondition"] = {"MaxRuntimeInSeconds": 86_400, **request.get("StoppingCondition", {})}
    whole["OutputDataConfig"] = {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]}
    if "CheckpointConfig" in request:
        whole["CheckpointConfig"] = {"LocalPath": "/opt/ml/checkpoints/", **request["CheckpointConfig"]}
    if "InputDataConfig" in request:
        whole["InputDataConfig"] = [_channel_with_defaults(each) for each in request["InputDataConfig"]]
    return whole


def _channel_with_defaults(channel: Mapping[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise invalid(f"Channel {channel['ChannelName']} has no DataSource.S3DataSource: name its S3 location")
    source = {"S3DataDistributionType": "FullyReplicated", **source}
    return {"CompressionType": "None", "RecordWrapperType": "None", **channel, "DataSource": {"S3DataSource": source}}


def _check_algorithm(algorithm: Mapping[str, Any]) -> None:
    if "TrainingImage" not in algorithm:
        raise invalid("AlgorithmSpecification has no TrainingImage: name the image to run")
    if algorithm["TrainingInputMode"] != "File":
        raise unsupported(f"AlgorithmSpecification.TrainingInputMode {algorithm['TrainingInputMode']}", "use File")


def _check_channel(channel: Mapping[str, Any]) -> None:
    name, kind = channel["ChannelName"], channel["DataSource"]["S3DataSource"]["S3DataType"]
    if channel.get("InputMode", "File") != "File":
        raise unsupported(f"InputDataConfig.InputMode {channel['InputMode']} (channel {name})", "use File")
    if kind not in ("S3Prefix", "ManifestFile"):
        raise unsupported(f"S3DataType {kind} (channel {name})", "use S3Prefix or ManifestFile")


def _check_resources(resources: Mapping[str, Any]) -> None:
    for member in ("InstanceType", "InstanceCount"):
        if not resources.get(member):
            raise invalid(f"ResourceConfig.{member} is missing, or 0: say which instances the job runs on")


def _check_limits(request: Mapping[str, Any]) -> None:
    limits = request["StoppingCondition"]
    wait = limits.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if wait is not None:
            raise invalid("MaxWaitTimeInSeconds is for spot training: set EnableManagedSpotTraining, or leave it out")
    elif wait is None or wait < limits["MaxRuntimeInSeconds"]:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
