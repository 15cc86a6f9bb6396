"""What deploy and update have in common: where the model comes from, and the requests that make a version of it."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from driver import images
from driver.aws import resources
from driver.aws.target import Target
from driver.commandline import jobflags
from driver.commandline.jobflags import ContainerOptions
from driver.errors import DriverError
from driver.lifecycle import wait
from driver.requests import hosting, names
from driver.requests.pairs import pairs
from driver.requests.request import Request

METRICS, METRICS_ENDPOINT = "SAGEMAKER_METRICS", "SAGEMAKER_METRICS_ENDPOINT"
"""Environment variables of the images: see docs/monitoring.md."""


@dataclass(frozen=True, kw_only=True)
class ModelOptions(ContainerOptions):
    """The values of `add`."""

    model_data: str | None
    image: str | None
    image_tag: str | None
    version: str | None
    capture: int | None


class Source(NamedTuple):
    """An image's URI, and that of an artefact to serve with it; the training job and its hyperparameters, if known."""

    image: str
    model_data: str
    job: str | None = None
    hyperparameters: Mapping[str, str] | None = None


def add(command: argparse.ArgumentParser) -> None:
    """Add what a version of an endpoint is."""
    model = command.add_argument_group(
        "model", "The model of a training job, or any model.tar.gz together with its image."
    )
    model.add_argument("--model-data", metavar="URI", help="s3:// URI of a model.tar.gz, instead of a training job")
    model.add_argument(
        "--image", metavar="IMAGE", help="image that serves the model: a name or a URI (default: the job's)"
    )
    model.add_argument("--image-tag", metavar="TAG", help="tag of IMAGE (default: its version; dev in the emulator)")
    model.add_argument("--version", metavar="NAME", help="name of the new model and endpoint configuration "
                       "(default: the endpoint's name and the time)")  # fmt: skip
    model.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="environment variable for the container; repeatable",
    )
    model.add_argument("--capture", type=int, metavar="PERCENT", help="keep this percentage of requests, with their "
                       "answers, in the bucket, for `drift`; the texts are stored there")  # fmt: skip
    safety = command.add_argument_group("safety")
    safety.add_argument("--network-isolation", action="store_true", help="run the container without network access")
    jobflags.add_network(safety)


def find_source(options: ModelOptions, target: Target, job: str | None) -> Source:
    """Return what is to be served. Raises DriverError when it is not said, or the job has no model."""
    if options.model_data:
        if not options.image:
            raise DriverError(
                "--model-data needs the image that serves the model: add --image, such as xgboost-sentiment"
            )
        return Source(_image_uri(options.image, options, target), options.model_data)
    if job is None:
        raise DriverError("no model was given: name a training job, or give --model-data and --image")
    if target.is_offline:
        missing = "--model-data and --image"
        if not (target.is_local or target.given_role):
            missing = "--model-data, --image and --role"
        raise DriverError(f"a dry run sends nothing, so it cannot ask for the model of {job}: give {missing}")
    kind, description = resources.describe_all(target, job, (resources.TRAINING, resources.TUNING))[0]
    if kind is resources.TUNING:
        best = description.get("BestTrainingJob", {}).get("TrainingJobName")
        if best is None:
            raise DriverError(f"the tuning job {job} has no best training job yet: check `./launch.py describe {job}`")
        job, description = best, resources.describe(target, resources.TRAINING, best)
    state = description["TrainingJobStatus"]
    if state == "Failed":
        raise DriverError(f"the training job {job} failed and has no model: {wait.reason(description)}")
    if state != "Completed":
        raise DriverError(f"the training job {job} is {state}: only a Completed job has a model")
    trained_on = description["AlgorithmSpecification"]["TrainingImage"]
    image = _image_uri(options.image, options, target) if options.image else trained_on
    return Source(
        image,
        description["ModelArtifacts"]["S3ModelArtifacts"],
        job,
        description.get("HyperParameters", {}),
    )


def create_model(
    options: ContainerOptions, target: Target, name: str, source: Source, endpoint: str | None = None
) -> Request:
    """Return the request for the model; the metrics of its container are those of the `endpoint`, if it has one."""
    environment = pairs(options.environment, "--environment")
    if endpoint and METRICS in environment:
        environment = {METRICS_ENDPOINT: endpoint, **environment}
    return hosting.create_model(
        hosting.Model(
            name=name,
            image=source.image,
            model_data=source.model_data,
            role=target.role,
            environment=environment,
            subnets=options.subnet,
            security_groups=options.security_group,
            is_isolated=options.network_isolation,
            tags=pairs(options.tag, "--tag"),
        )
    )


def create_configuration(
    options: ContainerOptions, name: str, model: str, machine: str, count: int, capture: Mapping[str, Any] | None = None
) -> Request:
    """Return the request for the endpoint configuration; `capture` is its DataCaptureConfig."""
    return hosting.create_endpoint_config(
        hosting.Configuration(
            name=name, model=model, instance_type=machine, instance_count=count, kms_key=options.kms_key,
            tags=pairs(options.tag, "--tag"), capture=capture or {},
        )
    )  # fmt: skip


def capture(percent: int | None, target: Target, endpoint: str) -> dict[str, Any]:
    """Return the DataCaptureConfig of an endpoint; empty if no requests are captured."""
    if percent is None:
        return {}
    return hosting.data_capture(f"s3://{target.bucket}/{endpoint}/captured", percent)


def create_all(
    options: ContainerOptions, target: Target, endpoint: str, version: str, source: Source, machine: str,
    count: int = 1, percent: int | None = None,
) -> list[Request]:  # fmt: skip
    """Return the requests for a model, a configuration, both called `version`, and the endpoint that has them.

    Of a hundred requests to it `percent` are captured.
    """
    captured = capture(percent, target, endpoint)
    return [
        create_model(options, target, version, source, endpoint),
        create_configuration(options, version, version, machine, count, captured),
        hosting.create_endpoint(endpoint, version, pairs(options.tag, "--tag")),
    ]


def version(given: str | None, endpoint: str) -> str:
    """Return the name of the model and the configuration that are made for the endpoint."""
    return given or names.with_time(endpoint, datetime.now(UTC), "model")


def _image_uri(name: str, options: ModelOptions, target: Target) -> str:
    known = images.find_all().get(name)
    return known.uri(target, options.image_tag) if known else name
