"""What a CreateTransformJob request may say: all of it is honoured, or refused by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid, unsupported
from emulator.api.shapes import refuse_unsupported
from emulator.aws import locations
from emulator.errors import EmulatorError
from emulator.hosting import model_data, models
from emulator.platform import Platform
from emulator.state.records import Record
from emulator.transform import plan
from emulator.transform.job import TransformJob

UNHEEDED = ("TransformOutput.KmsKeyId", "TransformResources.VolumeKmsKeyId")
"""See `emulator.resources.unheeded`."""

SUPPORTED = frozenset({
    "TransformJobName",
    "ModelName",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformInput.DataSource.S3DataSource.S3DataType",
    "TransformInput.DataSource.S3DataSource.S3Uri",
    "TransformInput.ContentType",
    "TransformInput.CompressionType",
    "TransformInput.SplitType",
    "TransformOutput.S3OutputPath",
    "TransformOutput.Accept",
    "TransformOutput.AssembleWith",
    "TransformResources.InstanceType",
    "TransformResources.InstanceCount",
    "DataProcessing",
    "Tags",
    *UNHEEDED,
})  # fmt: skip


def accept(platform: Platform, call: Call, request: Mapping[str, Any]) -> Record:
    """Return the record of the model. Raises ApiError for what cannot be carried out."""
    refuse_unsupported(request, SUPPORTED)
    model = models.KIND.find(platform, call, request["ModelName"])
    if request["TransformResources"]["InstanceCount"] > 1:
        raise unsupported(
            "An InstanceCount above 1", "set it to 1, and raise MaxConcurrentTransforms for more requests in parallel"
        )
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise unsupported(f"S3DataType {source['S3DataType']}", "use S3Prefix or ManifestFile")
    split = request["TransformInput"].get("SplitType", "None")
    if split not in plan.SPLIT_TYPES:
        raise unsupported(f"SplitType {split}", "use None or Line")
    if "ModelDataSource" in model_data.container(model):
        raise invalid("A model of ModelDataSource cannot be used in batch transform: create one with ModelDataUrl")
    locations.require_objects(platform.objects, source, model.get("ExecutionRoleArn", ""), call.region)
    locations.require_bucket(platform.objects, request["TransformOutput"]["S3OutputPath"], "S3OutputPath")
    nowhere = {"model_data": None, "data_source": Path(), "output_path": Path()}
    try:
        plan.validate(transform_job(request, model, call.region, {}, **nowhere))
    except EmulatorError as error:
        raise invalid(str(error)) from None
    return model


def transform_job(
    request: Mapping[str, Any],
    model: Mapping[str, Any],
    region: str,
    environment: Mapping[str, str],
    **files: Path | None,
) -> TransformJob:
    """Return what a request and a model's record say; `files` are model_data, data_source and output_path.

    `environment` is what the image asks for.
    """
    source, output = request["TransformInput"], request["TransformOutput"]
    processing, client = request.get("DataProcessing", {}), request.get("ModelClientConfig", {})
    settings: dict[str, Any] = {
        "max_payload_in_mb": request.get("MaxPayloadInMB"),
        "max_concurrent_transforms": request.get("MaxConcurrentTransforms") or None,  # 0 leaves it to the container
        "batch_strategy": request.get("BatchStrategy"),
        "content_type": source.get("ContentType"),
        "compression_type": source.get("CompressionType"),
        "split_type": source.get("SplitType"),
        "accept": output.get("Accept"),
        "assemble_with": output.get("AssembleWith"),
        "invocations_timeout_in_seconds": client.get("InvocationsTimeoutInSeconds"),
        "invocations_max_retries": client.get("InvocationsMaxRetries"),
        "input_filter": processing.get("InputFilter"),
        "output_filter": processing.get("OutputFilter"),
        "join_source": processing.get("JoinSource"),
    }
    container = model_data.container(model)
    return TransformJob(
        request["TransformJobName"],
        environment={
            "AWS_REGION": region,
            **environment,
            **container.get("Environment", {}),
            **request.get("Environment", {}),
        },
        container_hostname=container.get("ContainerHostname"),
        enable_network_isolation=model["EnableNetworkIsolation"],
        **files,  # type: ignore[arg-type]
        **{name: value for name, value in settings.items() if value is not None},
    )
