"""The command line of the client: what its options are called, and the plan that they make. Runs nothing."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from blazingtext_client.client.plans import CONTENT_TYPE
from blazingtext_client.client.prepare import READERS
from driver import emulator
from driver.aws.registries import image_uri
from driver.aws.target import Target, aws_target, local_target
from driver.requests import names
from driver.requests.channels import Channel
from driver.requests.pairs import pairs
from driver.requests.training import Plan, Resources

FORMS = f"CSV without header (label, text), JSON Lines (label, text) or plain text, by its name: {', '.join(READERS)}"


def parser() -> argparse.ArgumentParser:
    """Return the parser of `prepare`, `request`, `embeddings` and `run`."""
    top = argparse.ArgumentParser(
        prog="client",
        description="Trains word vectors or text classes with Amazon's own BlazingText algorithm, and prepares its "
        "vectors for headline-mxnet.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    prepare = commands.add_parser("prepare", help="prepare a corpus: cleaned words, one text per line")
    _sources(prepare)
    prepare.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write")
    prepare.add_argument("--supervised", action="store_true", help="write __label__X before each text")

    request = commands.add_parser("request", help="print the requests of a job as JSON and send nothing")
    request.add_argument("--train", type=Path, required=True, metavar="FILE", help="prepared corpus")
    request.add_argument("--validation", type=Path, metavar="FILE", help="prepared validation data (supervised)")
    _job(request)

    embeddings = commands.add_parser("embeddings", help="extract the word vectors from a model.tar.gz")
    embeddings.add_argument("archive", type=Path, metavar="MODEL.TAR.GZ", help="model.tar.gz of a job")
    embeddings.add_argument("--output", type=Path, required=True, metavar="FILE",
                            help="file to write, for the channel embeddings of headline-mxnet")  # fmt: skip

    run = commands.add_parser(
        "run", help="prepare, upload, train on AWS, wait and fetch; AWS bills you",
        description="Prepares a corpus, uploads it, starts the training job on AWS, waits for it, and fetches "
                    "model.tar.gz and, except in mode supervised, vectors.txt. Training is billed by the second.",
    )  # fmt: skip
    _sources(run)
    run.add_argument("--validation-file", type=Path, action="append", default=[], metavar="FILE",
                     help="texts for the validation channel (supervised); repeatable")  # fmt: skip
    run.add_argument("--folder", type=Path, required=True, help="folder for the corpus and the results")
    run.add_argument("--profile", help="AWS profile (default: AWS's usual search for credentials)")
    run.add_argument("--endpoint-url", metavar="URL", help="address of a SageMaker emulator to use instead of AWS")
    _job(run)
    request.set_defaults(profile=None, endpoint_url=None)
    return top


def target(options: argparse.Namespace, is_offline: bool = False) -> Target:
    """Return AWS, or the emulator whose address the options name. Raises DriverError."""
    if options.endpoint_url:
        key = emulator.key(options.endpoint_url, emulator.folder(None))
        return local_target(options.endpoint_url, options.region, options.role, options.bucket, is_offline, key)
    return aws_target(options.region, options.profile, options.role, options.bucket, None, is_offline=is_offline)


def plan(options: argparse.Namespace, where: Target, files: dict[str, Path]) -> Plan:
    """Return the plan that the options of `request` or `run` describe; `files` are by channel. Raises DriverError."""
    name = options.name or names.with_time("blazingtext", datetime.now(UTC), "training job")
    return Plan(
        name=name,
        image=image_uri(where.region),
        role=where.role,
        folder=names.folder(where.bucket, options.prefix, name),
        channels=[Channel(name=key, source=str(path), content_type=CONTENT_TYPE) for key, path in files.items()],
        hyperparameters=pairs(options.set, "--set"),
        resources=Resources(
            instance_type=options.instance_type,
            instance_count=options.instance_count,
            volume_gb=options.volume_gb,
            max_runtime=options.max_runtime,
            spot_wait=options.spot_wait,
            kms_key=options.kms_key,
            subnets=options.subnet,
            security_groups=options.security_group,
        ),
        tags=pairs(options.tag, "--tag"),
    )


def _sources(command: argparse.ArgumentParser) -> None:
    command.add_argument("sources", type=Path, nargs="+", metavar="FILE", help=FORMS)


def _job(command: argparse.ArgumentParser) -> None:
    job = command.add_argument_group("the job")
    job.add_argument("--region", required=True, help="AWS region, such as eu-west-1; it determines the image's address")
    job.add_argument("--role", required=True, metavar="ARN", help="IAM role that SageMaker assumes")
    job.add_argument("--bucket", required=True, help="S3 bucket for the corpus and the model")
    job.add_argument("--prefix", default="blazingtext", help="folder in the bucket (default: %(default)s)")
    job.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                     help="a hyperparameter, such as mode=batch_skipgram; repeatable")  # fmt: skip
    job.add_argument("--name", help="name of the job (default: blazingtext- and the time)")
    job.add_argument("--instance-type", default="ml.c5.2xlarge", metavar="TYPE", help="default: %(default)s")
    job.add_argument(
        "--instance-count",
        type=int,
        default=1,
        metavar="N",
        help="number of instances; more than 1 only for batch_skipgram",
    )
    job.add_argument(
        "--volume-gb",
        type=int,
        default=30,
        metavar="GB",
        help="disk size of each instance, in GB (default: %(default)s)",
    )
    job.add_argument("--max-runtime", type=int, default=3600, metavar="SECONDS",
                     help="stop a job that runs longer than this (default: %(default)s)")  # fmt: skip
    job.add_argument("--spot-wait", type=int, metavar="SECONDS",
                     help="train on spot instances, for at most this total time, waiting included")  # fmt: skip
    job.add_argument("--kms-key", metavar="ID", help="KMS key that encrypts objects and disks")
    job.add_argument("--subnet", action="append", default=[], metavar="ID", help="a subnet of your VPC; repeatable")
    job.add_argument(
        "--security-group", action="append", default=[], metavar="ID", help="tag for what is created; repeatable"
    )
    job.add_argument(
        "--tag", action="append", default=[], metavar="KEY=VALUE", help="tag for what is created; repeatable"
    )
