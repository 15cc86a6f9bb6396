"""CreateTrainingJob, from a plan."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driver.errors import DriverError, quote
from driver.requests import channels, names
from driver.requests.addresses import location
from driver.requests.channels import Channel
from driver.requests.request import Request

_INSTANCE = re.compile(r"ml\.[a-z][a-z0-9-]*\.[a-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The machines of a job and their surroundings. Times in seconds, the volume in GB.

    `spot_wait` asks for spot instances: how long the job may take with all waiting, the run counted.
    """

    instance_type: str
    instance_count: int = 1
    volume_gb: int = 30
    max_runtime: int = 3600
    spot_wait: int | None = None
    checkpoint_uri: str | None = None
    kms_key: str | None = None
    subnets: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    is_isolated: bool = False
    is_traffic_encrypted: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One training job. `folder` is the S3 URI under which its objects stand; it ends with the job's name."""

    name: str
    image: str
    role: str
    folder: str
    channels: Sequence[Channel]
    hyperparameters: Mapping[str, str]
    resources: Resources
    metric_definitions: Sequence[Mapping[str, str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def input(self) -> str:
        """The S3 URI under which uploaded channels stand."""
        return f"{self.folder}/input"


def uploads(plan: Plan) -> list[Request]:
    """Return a PutObject for each file of the plan's local channels. Raises DriverError for one that is not there."""
    return [put for channel in plan.channels for put in channels.uploads(channel, plan.input, plan.resources.kms_key)]


def create_training_job(plan: Plan) -> Request:
    """Return the request. Raises DriverError when SageMaker could not carry out the plan."""
    parameters = {"TrainingJobName": names.check(plan.name, "training job"), **definition(plan)}
    parameters["HyperParameters"] = dict(plan.hyperparameters)
    if plan.environment:
        parameters["Environment"] = dict(plan.environment)
    if plan.tags:
        parameters["Tags"] = tags(plan.tags)
    return Request("sagemaker", "CreateTrainingJob", parameters)


def definition(plan: Plan) -> dict[str, Any]:
    """Return the fields that training and tuning jobs have in common."""
    resources = plan.resources
    check(resources)
    given = [channel.name for channel in plan.channels]
    if twice := {name for name in given if given.count(name) > 1}:
        raise DriverError(f"channels given more than once: {', '.join(sorted(twice))}; keep one of each")
    algorithm: dict[str, Any] = {"TrainingImage": plan.image, "TrainingInputMode": "File"}
    if plan.metric_definitions:
        algorithm["MetricDefinitions"] = [dict(metric) for metric in plan.metric_definitions]
    fields: dict[str, Any] = {
        "AlgorithmSpecification": algorithm,
        "RoleArn": plan.role,
        "InputDataConfig": [channels.entry(channel, plan.input) for channel in plan.channels],
        "OutputDataConfig": {"S3OutputPath": plan.folder.rpartition("/")[0]},
        "ResourceConfig": {
            "InstanceType": resources.instance_type,
            "InstanceCount": resources.instance_count,
            "VolumeSizeInGB": resources.volume_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": resources.max_runtime},
    }
    if resources.spot_wait is not None:
        fields["EnableManagedSpotTraining"] = True
        fields["StoppingCondition"]["MaxWaitTimeInSeconds"] = resources.spot_wait
    if resources.checkpoint_uri:
        location(resources.checkpoint_uri)
        fields["CheckpointConfig"] = {"S3Uri": resources.checkpoint_uri}
    if resources.kms_key:
        fields["OutputDataConfig"]["KmsKeyId"] = resources.kms_key
        fields["ResourceConfig"]["VolumeKmsKeyId"] = resources.kms_key
    if resources.is_isolated:
        fields["EnableNetworkIsolation"] = True
    if resources.is_traffic_encrypted:
        fields["EnableInterContainerTrafficEncryption"] = True
    return fields | vpc(resources.subnets, resources.security_groups)


def check(resources: Resources) -> None:
    """Raise DriverError for machines that no job can have."""
    check_instances(resources.instance_type, resources.instance_count)
    if resources.volume_gb < 1 or resources.max_runtime < 1:
        raise DriverError(
            f"the volume is {resources.volume_gb} GB, the longest run {resources.max_runtime} s: give 1 or more"
        )
    if resources.spot_wait is not None and resources.spot_wait < resources.max_runtime:
        raise DriverError(
            f"the spot wait of {resources.spot_wait} s includes the run, which may take {resources.max_runtime} s: "
            "give a longer --spot-wait, or a shorter --max-runtime"
        )


def check_instances(instance_type: str, count: int) -> None:
    """Raise DriverError for an invalid instance type or number of instances."""
    if not _INSTANCE.fullmatch(instance_type):
        raise DriverError(f"{quote(instance_type)} is not an instance type: expected one like ml.m5.xlarge")
    if count < 1:
        raise DriverError(f"the number of instances is {count}: give 1 or more")


def vpc(subnets: Sequence[str], security_groups: Sequence[str]) -> dict[str, Any]:
    """Return the field VpcConfig, or nothing. Raises DriverError when only one of both is given."""
    if bool(subnets) != bool(security_groups):
        raise DriverError("a network needs both --subnet and --security-group: give both, or neither")
    return {"VpcConfig": {"Subnets": list(subnets), "SecurityGroupIds": list(security_groups)}} if subnets else {}


def tags(given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the field Tags.

    Example:
        >>> tags({"team": "reviews"})
        [{'Key': 'team', 'Value': 'reviews'}]
    """
    return [{"Key": key, "Value": value} for key, value in given.items()]
