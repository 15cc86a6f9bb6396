"""CreateTransformJob, from a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driver.errors import DriverError, quote
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
    """One batch transform job, from the objects below `source` to `output`, both S3 URIs.

    `input_filter` is the JSONPath of what of a record is sent; with `is_joined` SageMaker puts the answer behind it.
    """

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
    input_filter: str | None = None
    is_joined: bool = False
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
            DataProcessing=_processing(plan) or None,
            Environment=dict(plan.environment) or None,
            Tags=tags(plan.tags) or None,
        ),
    }
    return Request("sagemaker", "CreateTransformJob", parameters)


def input_filter(column: str, media_type: str) -> str:
    """Return the JSONPath of the one column that is sent: a number from 1 for CSV, a key for JSON Lines.

    Raises DriverError for a name in CSV, of which SageMaker reads no header.

    Example:
        >>> input_filter("2", "text/csv"), input_filter("review", "application/jsonlines")
        ('$[1]', "$['review']")
    """
    if media_type != "text/csv":
        return f"$['{column}']"
    if not (column.isdecimal() and int(column)):
        raise DriverError(f"--text is {quote(column)}: a column of CSV in S3 is named by its number, from 1")
    return f"$[{int(column) - 1}]"


def _processing(plan: Plan) -> dict[str, Any]:
    if (plan.is_joined or plan.input_filter) and plan.accept != plan.content_type:
        raise DriverError(
            f"SageMaker joins and filters records only if data and answers have the same type, and these are "
            f"{plan.content_type} and {plan.accept}: leave out --accept, or give text/csv or application/jsonlines for "
            "both"
        )
    return _without_none(InputFilter=plan.input_filter, JoinSource="Input" if plan.is_joined else None)


def _payload(plan: Plan) -> int:
    return USUAL_PAYLOAD_MB if plan.payload_mb is None else plan.payload_mb


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
