"""Endpoint configurations: which models an endpoint will serve, on what, and how requests are shared among them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.api.shapes import refuse_unsupported
from emulator.hosting import capture, models
from emulator.platform import Platform
from emulator.resources.kinds import Kind

KIND = Kind("endpoint-config", "EndpointConfig", "endpoint configuration")
_VARIANT = (
    "VariantName", "ModelName", "InitialInstanceCount", "InstanceType", "InitialVariantWeight",
    "ContainerStartupHealthCheckTimeoutInSeconds", "ModelDataDownloadTimeoutInSeconds",
)  # fmt: skip
"""Model data are there at once, so that no time for them can be too short."""
_CAPTURE = (
    "EnableCapture", "InitialSamplingPercentage", "DestinationS3Uri", "CaptureOptions.CaptureMode",
    "CaptureContentTypeHeader.CsvContentTypes", "CaptureContentTypeHeader.JsonContentTypes",
)  # fmt: skip
SUPPORTED = frozenset(
    {"EndpointConfigName", "KmsKeyId", "Tags"}
    | {f"ProductionVariants.{member}" for member in _VARIANT}
    | {f"{capture.MEMBER}.{member}" for member in _CAPTURE}
)


def create(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """CreateEndpointConfig."""
    refuse_unsupported(request, SUPPORTED)
    variants = request["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    for variant in variants:
        _complete(platform, call, variant)
    if len(set(names)) < len(names):
        raise invalid(f"Each production variant needs a name of its own: {', '.join(names)}")
    if not any(variant["InitialVariantWeight"] for variant in variants):
        raise invalid("No production variant has an InitialVariantWeight above 0: requests would have nowhere to go")
    capture.check(platform.objects, request)
    return {"EndpointConfigArn": KIND.add(platform, call, request, EnableNetworkIsolation=False)}


def describe(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeEndpointConfig."""
    return KIND.find(platform, call, request["EndpointConfigName"])


def delete(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteEndpointConfig. An endpoint that was created from it continues."""
    KIND.remove(platform, call, request["EndpointConfigName"])
    return {}


def list_(platform: Platform, call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """ListEndpointConfigs."""
    return KIND.list_(platform, request)


def _complete(platform: Platform, call: Call, variant: dict[str, Any]) -> None:
    """Check a variant, and add what AWS adds."""
    name = variant["VariantName"]
    for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
        if member not in variant:
            raise invalid(f"Production variant {name} has no {member}")
    models.KIND.find(platform, call, variant["ModelName"])
    variant.setdefault("InitialVariantWeight", 1.0)


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "CreateEndpointConfig": create,
        "DescribeEndpointConfig": describe,
        "DeleteEndpointConfig": delete,
        "ListEndpointConfigs": list_,
    }
)
