"""What a CreateProcessingJob request may say: all of it is honoured, noted in the log, or refused by name."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.aws import locations
from emulator.images import RunnableImage
from emulator.jobs import hosts
from emulator.platform import Platform

PROCESSING = PurePosixPath("/opt/ml/processing")  # where the folders of inputs and outputs are
DEFAULT_SECONDS = 86_400  # that a job may run, as on AWS

SUPPORTED = frozenset({
    "ProcessingJobName",
    "ProcessingInputs.InputName",
    "ProcessingInputs.AppManaged",
    "ProcessingInputs.S3Input",
    "ProcessingOutputConfig.Outputs.OutputName",
    "ProcessingOutputConfig.Outputs.AppManaged",
    "ProcessingOutputConfig.Outputs.S3Output",
    "ProcessingOutputConfig.KmsKeyId",
    "ProcessingResources.ClusterConfig.InstanceCount",
    "ProcessingResources.ClusterConfig.InstanceType",
    "ProcessingResources.ClusterConfig.VolumeSizeInGB",
    "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
    "StoppingCondition",
    "AppSpecification",
    "Environment",
    "NetworkConfig",
    "RoleArn",
    "Tags",
})  # fmt: skip

UNHEEDED = (
    "ProcessingOutputConfig.KmsKeyId",
    "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
    "NetworkConfig.VpcConfig",
    "NetworkConfig.EnableInterContainerTrafficEncryption",
)
"""See `emulator.resources.unheeded`."""


def accept(platform: Platform, call: Call, request: Mapping[str, Any]) -> tuple[dict[str, Any], RunnableImage]:
    """Return the request with the service's defaults, and the image. Raises ApiError for what cannot be carried out."""
    refuse_unsupported(request, SUPPORTED)
    complete = _with_defaults(request)
    names = [each["InputName"] for each in complete["ProcessingInputs"]]
    names += [each["OutputName"] for each in _outputs(complete)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise invalid(f"{min(twice)} names more than one input or output: give each its own name")
    for each in complete["ProcessingInputs"]:
        _check_input(each)
        locations.require_objects(platform.objects, each["S3Input"], complete["RoleArn"], call.region)
    for each in _outputs(complete):
        _check_output(platform, each)
    cluster = complete["ProcessingResources"]["ClusterConfig"]
    for member in ("InstanceType", "InstanceCount"):
        if member not in cluster:
            raise invalid(f"ClusterConfig.{member} is missing: say which instances the job runs on")
    alone = "ClusterConfig.InstanceCount above 1" if cluster["InstanceCount"] > 1 else ""
    if complete.get("NetworkConfig", {}).get("EnableNetworkIsolation"):
        alone = "NetworkConfig.EnableNetworkIsolation"
    if alone and not platform.images.has_containers:
        raise unsupported(f"{alone} with the process engine", "leave it out, or use the docker engine")
    return complete, platform.images.resolve(complete["AppSpecification"]["ImageUri"], call.region)


def inside(local_path: str) -> str:
    """Return a LocalPath relative to /opt/ml."""
    return str(PurePosixPath(local_path).relative_to(hosts.OPT_ML))


def _outputs(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return found


def _with_defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    source = {"S3InputMode": "File", "S3DataDistributionType": hosts.WHOLE, "S3CompressionType": "None"}
    inputs = [
        {"AppManaged": False, **each, **({"S3Input": {**source, **each["S3Input"]}} if "S3Input" in each else {})}
        for each in request.get("ProcessingInputs", [])
    ]
    whole = {**request, "ProcessingInputs": inputs}
    whole["StoppingCondition"] = request.get("StoppingCondition", {"MaxRuntimeInSeconds": DEFAULT_SECONDS})
    if outputs := _outputs(request):
        outputs = [{"AppManaged": False, **each} for each in outputs]
        whole["ProcessingOutputConfig"] = {**request["ProcessingOutputConfig"], "Outputs": outputs}
    return whole


def _check_input(described: Mapping[str, Any]) -> None:
    name, source = described["InputName"], described.get("S3Input")
    if source is None or described["AppManaged"]:
        raise unsupported(f"The input {name} without an S3Input, or with AppManaged", "give an S3Input")
    if source["S3InputMode"] != "File":
        raise unsupported(f"S3InputMode {source['S3InputMode']} (input {name})", "use File")
    if source["S3CompressionType"] != "None":
        raise invalid(f"The input {name} has S3CompressionType Gzip, which is for S3InputMode Pipe: set it to None")
    _check_path(f"input {name}", source)


def _check_output(platform: Platform, described: Mapping[str, Any]) -> None:
    name, place = described["OutputName"], described.get("S3Output")
    if place is None or described["AppManaged"]:
        raise unsupported(f"The output {name} without an S3Output, or with AppManaged", "give an S3Output")
    if place["S3UploadMode"] != "EndOfJob":
        raise unsupported(f"S3UploadMode {place['S3UploadMode']} (output {name})", "use EndOfJob")
    _check_path(f"output {name}", place)
    locations.require_bucket(platform.objects, place["S3Uri"], f"S3Uri of output {name}")


def _check_path(what: str, described: Mapping[str, Any]) -> None:
    path = PurePosixPath(described.get("LocalPath", ""))
    if not path.is_relative_to(PROCESSING) or path == PROCESSING or ".." in path.parts:
        raise invalid(f"The LocalPath of {what} is {str(path)!r}: name a folder below {PROCESSING}")
