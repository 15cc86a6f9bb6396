"""CreateTransformJob, from a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driver.errors import DriverError
from driver.requests import names
from driver.requests.addresses import location
from driver.requests.request import Request
from driver.requests.training import check_instances, tags

LARGEST_PAYLOAD_MB = 100
"""AWS's limit of MaxPayloadInMB, and of that times MaxConcurrentTransforms."""

USUAL_PAYLOAD_MB = 6
"""AWS's MaxPayloadInMB where none is given."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One batch transform job, from the objects below `source` to `output`, both S3 URIs."""

    name: str
    model: str
    source: str
    output: str
    instance_type: str
    instance_count: int = 1
    content_type: str | None = None
    accept: str | None = None
    split: str = "None"
    strategy: str | None = None
    assemble: str = "None"
    compression: str | None = None
    payload_mb: int | None = None
    concurrent: int | None = None
    kms_key: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def create_transform_job(plan: Plan) -> Request:
    """Return the request. Raises DriverError when SageMaker could not carry out the plan."""
    check_instances(plan.instance_type, plan.instance_count)
    if plan.payload_mb is not None and not 0 <= plan.payload_mb <= LARGEST_PAYLOAD_MB:
        raise DriverError(f"the payload limit is {plan.payload_mb} MB: give 0 to {LARGEST_PAYLOAD_MB}")
    if (plan.concurrent or 0) * _payload(plan) > LARGEST_PAYLOAD_MB:
        raise DriverError(
            f"{plan.concurrent} requests at once of {_payload(plan)} MB are more than {LARGEST_PAYLOAD_MB} MB, which "
            "SageMaker refuses: give a smaller --concurrent or --payload-mb"
        )
    location(plan.source)
    location(plan.output)
    source: dict[str, Any] = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": plan.source}},
        "SplitType": plan.split,
    }
    output: dict[str, Any] = {"S3OutputPath": plan.output, "AssembleWith": plan.assemble}
    resources: dict[str, Any] = {"InstanceType": plan.instance_type, "InstanceCount": plan.instance_count}
    parameters: dict[str, Any] = {
        "TransformJobName": names.check(plan.name, "transform job"),
        "ModelName": names.check(plan.model, "model"),
        "TransformInput": source | _without_none(ContentType=plan.content_type, CompressionType=plan.compression),
        "TransformOutput": output | _without_none(Accept=plan.accept, KmsKeyId=plan.kms_key),
        "TransformResources": resources | _without_none(VolumeKmsKeyId=plan.kms_key),
        **_without_none(
            BatchStrategy=plan.strategy,
            MaxPayloadInMB=plan.payload_mb,
            MaxConcurrentTransforms=plan.concurrent,
            Environment=dict(plan.environment) or None,
            Tags=tags(plan.tags) or None,
        ),
    }
    return Request("sagemaker", "CreateTransformJob", parameters)


def _payload(plan: Plan) -> int:
    return USUAL_PAYLOAD_MB if plan.payload_mb is None else plan.payload_mb


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
