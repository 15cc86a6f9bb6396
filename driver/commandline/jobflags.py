"""What training and tuning jobs have in common on the command line: the image, the data, the machines."""

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from driver import images
from driver.aws.target import Target
from driver.commandline.flags import Options
from driver.errors import DriverError
from driver.images import Image
from driver.requests import channels
from driver.requests.channels import Channel
from driver.requests.names import folder
from driver.requests.pairs import pairs
from driver.requests.training import Plan, Resources

SHORTCUTS = ("train", "validation", "test")
"""Channels that have a flag of their own."""

INSTANCE_TYPE = "ml.m5.xlarge"


@dataclass(frozen=True, kw_only=True)
class ContainerOptions(Options):
    """What the containers of jobs and of endpoints have in common; see `add_network`."""

    environment: Sequence[str]
    network_isolation: bool
    subnet: Sequence[str]
    security_group: Sequence[str]
    kms_key: str | None
    tag: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class MachineOptions(ContainerOptions):
    """The values of `add_machines`."""

    instance_type: str | None
    instance_count: int
    volume_gb: int
    max_runtime: int
    spot: bool
    spot_wait: int | None
    checkpoints: bool
    checkpoint_uri: str | None
    encrypt_traffic: bool


@dataclass(frozen=True, kw_only=True)
class JobOptions(MachineOptions):
    """The values of `add`. Those with a default need not be said of a job that no command line describes."""

    image_name: str | None
    image: str | None = None
    image_tag: str | None = None
    name: str | None
    prefix: str
    train: str | None
    validation: str | None
    test: str | None
    channel: Sequence[str] = ()
    content_type: str | None = None
    set: Sequence[str]
    hyperparameters: Path | None = None
    metric: Sequence[str]


class JobImage(NamedTuple):
    """The image, if it is one that the repository knows, and its URI."""

    image: Image | None
    uri: str


def add(command: argparse.ArgumentParser) -> None:
    """Add what a job is: image, data, hyperparameters, machines."""
    command.add_argument("image_name", nargs="?", metavar="IMAGE",
                         help="image to train: one of this repository, or blazingtext for Amazon's "
                              "algorithm")  # fmt: skip
    command.add_argument("--image", metavar="URI", help="URI or local tag of any other image, instead of IMAGE")
    command.add_argument("--image-tag", metavar="TAG", help="tag of IMAGE (default: its version; dev in the emulator)")
    command.add_argument("--name", help="name of the job (default: the image's name and the time)")
    command.add_argument(
        "--prefix", default="launch", help="folder in the bucket for the job's files (default: %(default)s)"
    )
    data = command.add_argument_group(
        "data",
        "Files and folders are uploaded; s3:// URIs are used as they are. Without data, the image trains on its "
        "sample.",
    )
    for name in SHORTCUTS:
        data.add_argument(
            f"--{name}", metavar="DATA", help=f"data for the channel {name}: a file, a folder or an s3:// URI"
        )
    data.add_argument("--channel", action="append", default=[], metavar="NAME=DATA[,OPTION=VALUE]",
                      help="data for the channel NAME; options: content-type, distribution=ShardedByS3Key, "
                      "type=ManifestFile, compression=Gzip, wrapper=RecordIO, mode=FastFile or Pipe; "
                      "repeatable")  # fmt: skip
    data.add_argument(
        "--content-type", metavar="TYPE", help="content type of channels that do not set their own, such as text/csv"
    )
    values = command.add_argument_group("hyperparameters", "Checked against the image's table before anything is sent.")
    values.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter; repeatable")
    values.add_argument(
        "--hyperparameters",
        type=Path,
        metavar="FILE",
        help="JSON file with an object of hyperparameters; --set overrides it",
    )
    values.add_argument("--metric", action="append", default=[], metavar="NAME=REGEX",
                        help="a metric that SageMaker reads from the log (default: IMAGE's own); "
                             "repeatable")  # fmt: skip
    add_machines(command)


def add_machines(command: argparse.ArgumentParser) -> None:
    """Add the machines of a job and their surroundings."""
    group = command.add_argument_group("machines")
    group.add_argument("--instance-type", metavar="TYPE",
                       help=f"instance type (default: the image's own, else {INSTANCE_TYPE})")  # fmt: skip
    group.add_argument(
        "--instance-count", type=int, default=1, metavar="N", help="number of instances (default: %(default)s)"
    )
    group.add_argument(
        "--volume-gb",
        type=int,
        default=30,
        metavar="GB",
        help="disk size of each instance, in GB (default: %(default)s)",
    )
    group.add_argument("--max-runtime", type=int, default=3600, metavar="SECONDS",
                       help="stop a job that runs longer than this (default: %(default)s)")  # fmt: skip
    group.add_argument(
        "--spot", action="store_true", help="train on spot instances: up to 90 %% cheaper, but AWS may interrupt them"
    )
    group.add_argument("--spot-wait", type=int, metavar="SECONDS",
                       help="with --spot: longest total time, waiting included (default: twice "
                            "--max-runtime)")  # fmt: skip
    group.add_argument(
        "--checkpoints",
        action="store_true",
        help="keep checkpoints in the job's S3 folder, so that an interrupted job resumes",
    )
    group.add_argument(
        "--checkpoint-uri", metavar="URI", help="keep checkpoints at this s3:// URI, for example that of an earlier job"
    )
    group.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="environment variable for the container; repeatable",
    )
    safety = command.add_argument_group("safety")
    safety.add_argument(
        "--network-isolation",
        action="store_true",
        help="run the container without network access, except to the job's other instances",
    )
    safety.add_argument("--encrypt-traffic", action="store_true", help="encrypt traffic between instances")
    add_network(safety)


def add_network(group: argparse._ArgumentGroup) -> None:
    """Add what else a security officer asks for."""
    group.add_argument("--subnet", action="append", default=[], metavar="ID", help="a subnet of your VPC; repeatable")
    group.add_argument(
        "--security-group", action="append", default=[], metavar="ID", help="a security group of your VPC; repeatable"
    )
    group.add_argument("--kms-key", metavar="ID", help="KMS key that encrypts objects and disks")
    group.add_argument(
        "--tag", action="append", default=[], metavar="KEY=VALUE", help="tag for what is created; repeatable"
    )


def preset(options: JobOptions, command: str) -> Iterable[dict[str, object]]:
    """Return the flags that the image presets for a command."""
    image = find_image(options)
    return [dict(image.preset(command))] if image else []


def find_image(options: JobOptions) -> Image | None:
    """Return the image, if the options name one of the repository. Raises DriverError for an unknown name."""
    if options.image_name:
        return images.find(options.image_name)
    return images.find_by_uri(options.image) if options.image else None


def choose_image(options: JobOptions, target: Target) -> JobImage:
    """Return the image that the options name. Raises DriverError when they name none."""
    image = find_image(options)
    if options.image:
        return JobImage(image, options.image)
    if image is None:
        raise DriverError(f"no image was given: name one of {', '.join(images.find_all())}, or --image URI")
    return JobImage(image, image.uri(target, options.image_tag))


def parse_channels(options: JobOptions) -> list[Channel]:
    """Return the channels that the options name; of one that comes twice the later counts."""
    shortcuts = {"train": options.train, "validation": options.validation, "test": options.test}
    texts = [*options.channel, *(f"{name}={value}" for name, value in shortcuts.items() if value)]
    parsed = [channels.parse(text, options.content_type) for text in texts]
    return list({channel.name: channel for channel in parsed}.values())


def own_channels(data: images.Data) -> list[Channel]:
    """Return the channels of an image's own data."""
    return [Channel(name=name, source=os.path.relpath(path)) for name, path in data.channels.items()]


def read_hyperparameters(options: JobOptions) -> dict[str, str]:
    """Return those of the options, unchecked. Raises DriverError for a file that is not a JSON object."""
    from_file: dict[str, str] = {}
    if options.hyperparameters:
        try:
            document = json.loads(options.hyperparameters.read_text("utf-8"))
            from_file = {name: str(value) for name, value in document.items()}
        except OSError as error:
            raise DriverError(f"cannot read {options.hyperparameters}: {error.strerror}; check its name") from error
        except (ValueError, AttributeError) as error:
            raise DriverError(
                f"{options.hyperparameters} is not a JSON object of hyperparameters: correct the file"
            ) from error
    return from_file | pairs(options.set, "--set")


def plan(
    options: JobOptions, target: Target, name: str, image: str, data: list[Channel], values: dict[str, str]
) -> Plan:
    """Return the plan of the job. Raises DriverError for what does not go together."""
    place = folder(target.bucket, options.prefix, name)
    return Plan(
        name=name,
        image=image,
        role=target.role,
        folder=place,
        channels=data,
        hyperparameters=values,
        resources=resources(options, place),
        metric_definitions=[{"Name": key, "Regex": regex} for key, regex in pairs(options.metric, "--metric").items()],
        environment=pairs(options.environment, "--environment"),
        tags=pairs(options.tag, "--tag"),
    )


def resources(options: MachineOptions, place: str) -> Resources:
    """Return the machines that the options ask for; checkpoints go below the S3 URI `place`."""
    wait = options.spot_wait
    if options.spot and wait is None:
        wait = 2 * options.max_runtime
    elif not options.spot and wait is not None:
        raise DriverError("--spot-wait says how long to wait for spot instances: add --spot")
    checkpoints = options.checkpoint_uri or (f"{place}/checkpoints" if options.checkpoints else None)
    return Resources(
        instance_type=INSTANCE_TYPE if options.instance_type is None else options.instance_type,
        instance_count=options.instance_count,
        volume_gb=options.volume_gb,
        max_runtime=options.max_runtime,
        spot_wait=wait,
        checkpoint_uri=checkpoints,
        kms_key=options.kms_key,
        subnets=options.subnet,
        security_groups=options.security_group,
        is_isolated=options.network_isolation,
        is_traffic_encrypted=options.encrypt_traffic,
    )
