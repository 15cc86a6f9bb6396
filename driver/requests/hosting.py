"""CreateModel, CreateEndpointConfig, CreateEndpoint, UpdateEndpoint and InvokeEndpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driver.errors import DriverError, quote
from driver.requests import names
from driver.requests.addresses import location
from driver.requests.request import Request
from driver.requests.training import check_instances, tags, vpc

VARIANT = "AllTraffic"
"""Name of an endpoint's one variant; the SDK's, so that dashboards made for it find ours."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """An image with an artefact. `model_data` is the URI of a model.tar.gz."""

    name: str
    image: str
    model_data: str
    role: str
    environment: Mapping[str, str] = field(default_factory=dict)
    subnets: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    is_isolated: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The machines on which an endpoint runs a model. `capture` is its DataCaptureConfig, if requests are captured."""

    name: str
    model: str
    instance_type: str
    instance_count: int = 1
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    capture: Mapping[str, Any] = field(default_factory=dict)


def data_capture(destination: str, percent: int) -> dict[str, Any]:
    """Return the DataCaptureConfig that keeps a percentage of requests, with their answers, below an S3 URI.

    Raises DriverError for a percentage that is none, and for a wrong URI.
    """
    if not 1 <= percent <= 100:
        raise DriverError(f"--capture is {percent}: give the percentage of requests to capture, from 1 to 100")
    location(destination)
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percent,
        "DestinationS3Uri": destination,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json", "application/jsonlines"],
        },
    }


def create_model(model: Model) -> Request:
    """Return the request. Raises DriverError for a wrong name or URI."""
    location(model.model_data)
    container: dict[str, Any] = {"Image": model.image, "ModelDataUrl": model.model_data}
    if model.environment:
        container["Environment"] = dict(model.environment)
    parameters: dict[str, Any] = {
        "ModelName": names.check(model.name, "model"),
        "PrimaryContainer": container,
        "ExecutionRoleArn": model.role,
        **vpc(model.subnets, model.security_groups),
    }
    if model.is_isolated:
        parameters["EnableNetworkIsolation"] = True
    return Request("sagemaker", "CreateModel", parameters | _tags(model.tags))


def create_endpoint_config(configuration: Configuration) -> Request:
    """Return the request. Raises DriverError for a wrong name or machine."""
    check_instances(configuration.instance_type, configuration.instance_count)
    variant = {
        "VariantName": VARIANT,
        "ModelName": configuration.model,
        "InstanceType": configuration.instance_type,
        "InitialInstanceCount": configuration.instance_count,
    }
    parameters: dict[str, Any] = {
        "EndpointConfigName": names.check(configuration.name, "endpoint configuration"),
        "ProductionVariants": [variant],
    }
    if configuration.kms_key:
        parameters["KmsKeyId"] = configuration.kms_key
    if configuration.capture:
        parameters["DataCaptureConfig"] = dict(configuration.capture)
    return Request("sagemaker", "CreateEndpointConfig", parameters | _tags(configuration.tags))


def create_endpoint(name: str, configuration: str, tagged: Mapping[str, str]) -> Request:
    """Return the request. Raises DriverError for a wrong name."""
    parameters = {"EndpointName": names.check(name, "endpoint"), "EndpointConfigName": configuration}
    return Request("sagemaker", "CreateEndpoint", parameters | _tags(tagged))


def update_endpoint(name: str, configuration: str) -> Request:
    """Return the request. Raises DriverError for a wrong name."""
    return Request(
        "sagemaker",
        "UpdateEndpoint",
        {"EndpointName": names.check(name, "endpoint"), "EndpointConfigName": configuration},
    )


def invoke_endpoint(name: str, body: bytes, content_type: str, accept: str | None) -> Request:
    """Return the request. Raises DriverError for a wrong name, and for a media type that no header can hold."""
    for kind in filter(None, (content_type, accept)):
        if not (kind.isascii() and kind.isprintable()):
            raise DriverError(f"the media type {quote(kind)} cannot be sent: write it in ASCII, such as text/csv")
    parameters: dict[str, Any] = {
        "EndpointName": names.check(name, "endpoint"),
        "ContentType": content_type,
        "Body": body,
    }
    return Request("sagemaker-runtime", "InvokeEndpoint", parameters | ({"Accept": accept} if accept else {}))


def _tags(given: Mapping[str, str]) -> dict[str, Any]:
    return {"Tags": tags(given)} if given else {}
