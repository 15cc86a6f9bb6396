"""Starts the containers of an endpoint configuration."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from emulator.api.errors import ApiError
from emulator.aws.logs import Stream
from emulator.errors import EmulatorError, EndpointError
from emulator.hosting import capture, model_data
from emulator.platform import Platform
from emulator.resources import unheeded
from emulator.serving.container import ModelSpecification, ServingContainer
from emulator.serving.fleet import Deployment, Variant
from emulator.serving.health import START_LIMIT_SECONDS
from emulator.serving.instance import Instance

PRIMARY = "primary"  # what AWS calls a container that has no ContainerHostname


def log_group(endpoint: str) -> str:
    """Return the CloudWatch Logs group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint}"


def plan(config: Mapping[str, Any], region: str, find_model: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """Put together all that starting needs, as JSON has it: configuration and models may be deleted afterwards."""
    variants = []
    for variant in config["ProductionVariants"]:
        model = find_model(variant["ModelName"])
        notes = [*unheeded.notes(model, "VpcConfig"), *unheeded.notes(config, "KmsKeyId")]
        added = {"EnableNetworkIsolation": model["EnableNetworkIsolation"], "Notes": notes}
        if capture.MEMBER in config:
            added[capture.MEMBER] = config[capture.MEMBER]
        variants.append({**variant, "Container": model_data.container(model), **added})
    return {"EndpointConfigName": config["EndpointConfigName"], "Region": region, "Variants": variants}


def describe(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the ProductionVariants that DescribeEndpoint answers when all of the plan runs."""
    now = time.time()
    return [
        {
            "VariantName": variant["VariantName"],
            "DeployedImages": [
                {
                    "SpecifiedImage": variant["Container"]["Image"],
                    "ResolvedImage": variant["Container"]["Image"],
                    "ResolutionTime": now,
                }
            ],
            "CurrentWeight": variant["InitialVariantWeight"],
            "DesiredWeight": variant["InitialVariantWeight"],
            "CurrentInstanceCount": variant["InitialInstanceCount"],
            "DesiredInstanceCount": variant["InitialInstanceCount"],
        }
        for variant in plan["Variants"]
    ]


def start(platform: Platform, endpoint: str, plan: Mapping[str, Any], stop: Event) -> Deployment:
    """Start every container and wait until all are healthy.

    Raises EmulatorError when one does not get there, or `stop` is set; then nothing is left running.
    """
    folder = platform.work / f"endpoint-{endpoint}-{secrets.token_hex(4)}"
    folder.mkdir()
    variants: list[Variant] = []
    try:
        for variant in plan["Variants"]:
            variants.append(_start_variant(platform, endpoint, plan["Region"], variant, folder))
        for started in variants:
            _wait(started, stop)
    except BaseException:
        Deployment(tuple(variants), folder).close()
        raise
    return Deployment(tuple(variants), folder)


def scale(platform: Platform, endpoint: str, plan: Mapping[str, Any], running: Deployment, stop: Event) -> Deployment:
    """Return what runs with the weights and numbers of instances of a plan of the same variants.

    New instances are healthy then; those that the plan has no more are left out, and still run. Raises as `start`.
    """
    folder = running.folder / f"more-{secrets.token_hex(4)}"
    folder.mkdir()
    variants, new = [], []
    try:
        for before, variant in zip(running.variants, plan["Variants"], strict=True):
            instances = before.instances[: variant["InitialInstanceCount"]]
            if missing := variant["InitialInstanceCount"] - len(instances):
                wanted = {**variant, "InitialInstanceCount": missing}
                new.append(_start_variant(platform, endpoint, plan["Region"], wanted, folder))
                instances += new[-1].instances
            variants.append(replace(before, weight=variant["InitialVariantWeight"], instances=instances))
        for started in new:
            _wait(started, stop)
    except BaseException:
        Deployment(tuple(new), folder).close()
        raise
    return Deployment(tuple(variants), running.folder)


def _start_variant(platform: Platform, endpoint: str, region: str, variant: Mapping[str, Any], folder: Path) -> Variant:
    container = variant["Container"]
    name = variant["VariantName"]
    mine = folder / name
    mine.mkdir()
    streams = [
        platform.logs.stream(region, log_group(endpoint), f"{name}/i-{secrets.token_hex(8)}")
        for _ in range(variant["InitialInstanceCount"])
    ]
    try:
        resolved = platform.images.resolve(container["Image"], region)
        for note in filter(None, (resolved.note, *variant.get("Notes", ()))):
            streams[0](note)
        engine = resolved.engine(streams[0])
        model = ModelSpecification(
            variant["ModelName"],
            model_data.fetch(platform.objects, container, mine),
            {"AWS_REGION": region, **resolved.environment, **container.get("Environment", {})},
            variant["EnableNetworkIsolation"],
            container_hostname=container.get("ContainerHostname"),
        )
    except (ApiError, EmulatorError, OSError) as error:
        for stream in streams:
            stream.close()
        raise EndpointError(f"Production variant {name} cannot be started: {error}") from error
    limit = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", START_LIMIT_SECONDS)
    closing = platform.background.closing.is_set
    make = partial(ServingContainer, engine, model, work=mine, health_check_timeout=limit, abandoned=closing)
    instances = tuple(Instance(f"{endpoint}/{stream.name}", partial(_open, make, stream), stream) for stream in streams)
    called, captured = container.get("ContainerHostname", PRIMARY), variant.get(capture.MEMBER)
    return Variant(name, variant["InitialVariantWeight"], called, instances, captured)


def _open(make: Callable[..., ServingContainer], log: Stream, given_up: Callable[[], bool]) -> ServingContainer:
    return make(on_line=log, given_up=given_up)


def _wait(variant: Variant, stop: Event) -> None:
    try:
        for instance in variant.instances:
            instance.wait_until_in_service(stop)
    except EndpointError as error:
        raise EndpointError(
            f"The {variant.container} container for production variant {variant.name} did not pass the ping health "
            f"check: {error}"
        ) from error
