"""Models: an image and the artefact it serves. Nothing runs until an endpoint or a transform job uses it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.aws import locations
from emulator.engines import docker
from emulator.platform import Platform
from emulator.resources.kinds import Kind

KIND = Kind("model", "Model", "model")
MAX_ENVIRONMENT_BYTES = 32 * 1024
_CONTAINER = (
    "Image", "ModelDataUrl", "Environment", "ContainerHostname", "Mode", "ModelDataSource.S3DataSource.S3Uri",
    "ModelDataSource.S3DataSource.S3DataType", "ModelDataSource.S3DataSource.CompressionType",
)  # fmt: skip
SUPPORTED = frozenset(
    {"ModelName", "ExecutionRoleArn", "EnableNetworkIsolation", "VpcConfig", "Tags"}
    | {f"{where}.{member}" for where in ("PrimaryContainer", "Containers") for member in _CONTAINER}
)


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateModel."""
    containers = ([request["PrimaryContainer"]] if "PrimaryContainer" in request else []) + request.get(
        "Containers", []
    )
    if len(containers) > 1:
        raise unsupported("An inference pipeline, more than one container of a model,", "name one container")
    if not containers:
        raise invalid("A model needs a container: give PrimaryContainer, or one entry of Containers")
    refuse_unsupported(request, SUPPORTED)
    if request.get("EnableNetworkIsolation") and (platform.images.setting == "process" or not docker.answers()):
        raise unsupported("EnableNetworkIsolation with the process engine", "leave it out, or use the docker engine")
    _check(platform, call, containers[0])
    containers[0].setdefault("Mode", "SingleModel")
    request.setdefault("EnableNetworkIsolation", False)
    return {"ModelArn": KIND.add(platform, call, request)}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeModel."""
    return KIND.find(platform, call, request["ModelName"])


def delete(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteModel. Endpoints that serve it continue."""
    KIND.remove(platform, call, request["ModelName"])
    return {}


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListModels."""
    return KIND.list_(platform, request)


def _check(platform: Platform, call: Call, given: Mapping[str, Any]) -> None:
    if given.get("Mode") == "MultiModel":
        raise unsupported("Mode MultiModel", "create a model for each artefact")
    if "Image" not in given:
        raise invalid("The container has no Image: name one")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in given.get("Environment", {}).items())
    if size > MAX_ENVIRONMENT_BYTES:
        raise invalid(f"Environment has {size:,} bytes, more than the limit of {MAX_ENVIRONMENT_BYTES:,}")
    if "ModelDataUrl" in given and "ModelDataSource" in given:
        raise invalid("The container has both ModelDataUrl and ModelDataSource: give one of them")
    platform.images.resolve(given["Image"], call.region)
    _check_data(platform, given)


def _check_data(platform: Platform, given: Mapping[str, Any]) -> None:
    url = given.get("ModelDataUrl")
    source = given.get("ModelDataSource", {}).get("S3DataSource", {})
    if url and not url.endswith(".tar.gz"):
        raise invalid(f"ModelDataUrl {url} must name a .tar.gz archive")
    if source.get("S3DataType") == "S3Prefix" and (
        source["CompressionType"] != "None" or not source["S3Uri"].endswith("/")
    ):
        raise invalid("S3DataType S3Prefix takes CompressionType None and an S3Uri that ends with a slash")
    uri = url or source.get("S3Uri")
    if not uri:
        return
    location = locations.parse(uri, "ModelDataUrl" if url else "S3Uri")
    found = platform.objects.find(location.bucket, location.prefix)
    if not any(stored.key == location.prefix or source.get("S3DataType") == "S3Prefix" for stored in found):
        raise invalid(f"Could not find model data at {uri}.")


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {"CreateModel": create, "DescribeModel": describe, "DeleteModel": delete, "ListModels": list_}
)
