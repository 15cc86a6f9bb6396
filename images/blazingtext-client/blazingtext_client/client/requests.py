"""The requests of a BlazingText job on AWS, made by pure functions. Sends nothing, reads no file and no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smcontract.errors import UserError, shown

from blazingtext_client.client import instances
from blazingtext_client.client.accounts import image_uri
from blazingtext_client.hyperparameters import MODES, SUPERVISED, TABLE, defaults

CONTENT_TYPE = "text/plain"

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One training job. `files` are prepared files by channel; all goes to `s3://bucket/prefix/name/`.

    `spot_wait`, seconds, asks for spot instances: how long the job may take with all waiting. `kms_key` encrypts the
    files in S3 and the volume; `subnets` and `security_groups` place the job in a network of your own.
    """

    name: str
    region: str
    role: str
    bucket: str
    hyperparameters: Mapping[str, str]
    files: Mapping[str, Path]
    prefix: str = "blazingtext"
    instance_type: str = "ml.c5.2xlarge"
    instance_count: int = 1
    volume_gb: int = 30
    max_runtime: int = 3600
    spot_wait: int | None = None
    kms_key: str | None = None
    subnets: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The key under which all objects of this job stand, without a slash at its end."""
        return "/".join(filter(None, (self.prefix.strip("/"), self.name)))


def hyperparameters(given: Mapping[str, str]) -> dict[str, str]:
    """Return what BlazingText is to be given. Raises UserError for what it would refuse or leave without effect.

    Example:
        >>> hyperparameters({"mode": "cbow", "epochs": "3"})
        {'mode': 'cbow', 'epochs': '3'}
    """
    values = TABLE.parse(given)
    mode = values["mode"]
    if mode is None:
        raise UserError(f"the hyperparameter mode is missing: set it to one of {', '.join(MODES)}")
    idle = sorted(name for name in defaults(values) if name in given and values[name] is not False)
    if idle:
        raise UserError(f"no effect with mode {mode} and the other hyperparameters: {', '.join(idle)}; leave them out")
    if values["subwords"] and mode == "batch_skipgram":
        raise UserError("subwords cannot be had with mode batch_skipgram: set mode to skipgram or cbow")
    if values["subwords"] and values["min_char"] > values["max_char"]:
        raise UserError(f"min_char is {values['min_char']}, max_char is {values['max_char']}: swap them")
    return {name: str(value) for name, value in given.items()}


def put_objects(plan: Plan) -> list[tuple[Path, dict[str, Any]]]:
    """Return each file with the parameters of its PutObject, but for the body."""
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": plan.kms_key} if plan.kms_key else {}
    return [
        (path, {"Bucket": plan.bucket, "Key": f"{_input(plan, channel)}{path.name}", "ContentType": CONTENT_TYPE,
                **encrypted})
        for channel, path in plan.files.items()
    ]  # fmt: skip


def create_training_job(plan: Plan) -> dict[str, Any]:
    """Return the CreateTrainingJob request. Raises UserError when the plan is not one that BlazingText can follow."""
    given = hyperparameters(plan.hyperparameters)
    _check(plan, given)
    request: dict[str, Any] = {
        "TrainingJobName": plan.name,
        "AlgorithmSpecification": {"TrainingImage": image_uri(plan.region), "TrainingInputMode": "File"},
        "RoleArn": plan.role,
        "HyperParameters": given,
        "InputDataConfig": [_channel(plan, channel) for channel in plan.files],
        "OutputDataConfig": {"S3OutputPath": f"s3://{plan.bucket}/{plan.folder}/output"},
        "ResourceConfig": {
            "InstanceType": plan.instance_type,
            "InstanceCount": plan.instance_count,
            "VolumeSizeInGB": plan.volume_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": plan.max_runtime},
    }
    if plan.spot_wait is not None:
        request["EnableManagedSpotTraining"] = True
        request["StoppingCondition"]["MaxWaitTimeInSeconds"] = plan.spot_wait
    if plan.kms_key:
        request["OutputDataConfig"]["KmsKeyId"] = plan.kms_key
        request["ResourceConfig"]["VolumeKmsKeyId"] = plan.kms_key
    if plan.subnets:
        request["VpcConfig"] = {"Subnets": list(plan.subnets), "SecurityGroupIds": list(plan.security_groups)}
    if plan.tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in plan.tags.items()]
    return request


def describe_training_job(plan: Plan) -> dict[str, Any]:
    """Return the DescribeTrainingJob request."""
    return {"TrainingJobName": plan.name}


def location(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 URI. Raises UserError when it is none.

    Example:
        >>> location("s3://bucket/blazingtext/model.tar.gz")
        ('bucket', 'blazingtext/model.tar.gz')
    """
    bucket, slash, key = uri.removeprefix("s3://").partition("/")
    if not (uri.startswith("s3://") and slash and key and _BUCKET.fullmatch(bucket)):
        raise UserError(f"{shown(uri)} is no object in S3: expected is s3://bucket/key")
    return bucket, key


def _input(plan: Plan, channel: str) -> str:
    # The slash matters: without it the prefix would take in a channel whose name begins alike.
    return f"{plan.folder}/input/{channel}/"


def _channel(plan: Plan, channel: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{plan.bucket}/{_input(plan, channel)}",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": channel, "ContentType": CONTENT_TYPE, "InputMode": "File",
            "DataSource": {"S3DataSource": source}}  # fmt: skip


def _check(plan: Plan, given: Mapping[str, str]) -> None:
    settings = TABLE.parse(given)
    mode = settings["mode"]
    if len(plan.name) > 63 or not _NAME.fullmatch(plan.name):
        raise UserError(
            f"the job name {shown(plan.name)} is not one that SageMaker takes: use 1 to 63 letters, digits and "
            "hyphens, a letter or digit first and last"
        )
    if not _BUCKET.fullmatch(plan.bucket):
        raise UserError(f"{shown(plan.bucket)} is no name of a bucket: give it alone, without s3:// and slashes")
    if not _ROLE.fullmatch(plan.role):
        raise UserError(f"the role is {shown(plan.role)}: expected is an ARN like arn:aws:iam::123456789012:role/Name")
    instances.check(mode, plan.instance_type, plan.instance_count)
    known = ("train", "validation") if mode == SUPERVISED else ("train",)
    if "train" not in plan.files or not set(plan.files) <= set(known):
        raise UserError(
            f"mode {mode} takes the channels {', '.join(known)}, given are {', '.join(plan.files) or 'none'}"
        )
    if settings["early_stopping"] and "validation" not in plan.files:
        raise UserError("early_stopping needs validation data: give them, or leave out early_stopping")
    if plan.volume_gb < 1 or plan.max_runtime < 1:
        raise UserError(f"the volume is {plan.volume_gb} GB, the longest run {plan.max_runtime} s: give 1 or more")
    if plan.spot_wait is not None and plan.spot_wait < plan.max_runtime:
        raise UserError(
            f"the spot wait, {plan.spot_wait} s, counts the run too, and that may take {plan.max_runtime} s: give a "
            "longer wait, or a shorter longest run"
        )
    if bool(plan.subnets) != bool(plan.security_groups):
        raise UserError("a network needs both subnets and security groups: give both, or neither")
