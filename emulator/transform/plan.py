"""How a batch transform is cut: as the job says, else the container's /execution-parameters, else by default."""

import json
from dataclasses import dataclass

from emulator.errors import EmulatorError
from emulator.serving.client import Reply
from emulator.transform.data_processing import Processing, processing
from emulator.transform.job import TransformJob

MEGABYTE = 1024 * 1024
DEFAULT_PAYLOAD_IN_MB = 6
DEFAULT_CONCURRENT = 1
MAX_PAYLOAD_IN_MB = 100  # the API's limit, also on MaxPayloadInMB x MaxConcurrentTransforms
MAX_RETRIES = 3
IN_CONTAINER = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}  # the container's words for the API's
SPLIT_TYPES = ("None", "Line")


@dataclass(frozen=True)
class Plan:
    """What is done. `max_payload_bytes` 0 means no limit."""

    split_type: str
    batch_strategy: str
    max_payload_bytes: int
    max_concurrent_transforms: int
    compression_type: str = "None"
    processing: Processing | None = None


def validate(job: TransformJob) -> None:
    """Raise EmulatorError, in a sentence, for what CreateTransformJob would refuse or this emulator cannot do."""
    payload, concurrent = job.max_payload_in_mb, job.max_concurrent_transforms
    if job.split_type not in SPLIT_TYPES or job.assemble_with not in SPLIT_TYPES:
        raise EmulatorError(f"SplitType {job.split_type}, AssembleWith {job.assemble_with}: use None or Line")
    if job.batch_strategy not in (None, *IN_CONTAINER):
        raise EmulatorError(f"BatchStrategy is {job.batch_strategy}: use MultiRecord or SingleRecord")
    if payload is not None and not 0 <= payload <= MAX_PAYLOAD_IN_MB:
        raise EmulatorError(f"MaxPayloadInMB is {payload}: use 0 to {MAX_PAYLOAD_IN_MB}")
    if payload == 0 and job.split_type != "None":
        raise EmulatorError("MaxPayloadInMB 0, no limit, requires SplitType None: lines are packed up to a limit")
    if not 0 <= job.invocations_max_retries <= MAX_RETRIES:
        raise EmulatorError(f"InvocationsMaxRetries is {job.invocations_max_retries}: use 0 to {MAX_RETRIES}")
    if concurrent is not None and concurrent < 1:
        raise EmulatorError(f"MaxConcurrentTransforms is {concurrent}: it must be at least 1")
    if (concurrent or DEFAULT_CONCURRENT) * (DEFAULT_PAYLOAD_IN_MB if payload is None else payload) > MAX_PAYLOAD_IN_MB:
        raise EmulatorError(f"MaxConcurrentTransforms x MaxPayloadInMB may not exceed {MAX_PAYLOAD_IN_MB}")
    if _processing(job) and (job.split_type, job.assemble_with) != ("Line", "Line"):
        raise EmulatorError("DataProcessing requires SplitType Line and AssembleWith Line: set both")


def container_variables(job: TransformJob) -> dict[str, str]:
    """The variables the service sets in the container: SAGEMAKER_BATCH, and what the caller specified."""
    variables = {"SAGEMAKER_BATCH": "true"}
    if job.max_payload_in_mb is not None:
        variables["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(job.max_payload_in_mb)
    if job.batch_strategy is not None:
        variables["SAGEMAKER_BATCH_STRATEGY"] = IN_CONTAINER[job.batch_strategy]
    if job.max_concurrent_transforms is not None:
        variables["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(job.max_concurrent_transforms)
    return variables


def resolve(job: TransformJob, reply: Reply) -> Plan:
    """Return the plan, given the answer to GET /execution-parameters; any status but 200 states no preferences."""
    preferences = _read_preferences(reply)
    in_api = {theirs: ours for ours, theirs in IN_CONTAINER.items()}
    payload = _first(job.max_payload_in_mb, preferences.get("MaxPayloadInMB"), DEFAULT_PAYLOAD_IN_MB)
    concurrent = _first(job.max_concurrent_transforms, preferences.get("MaxConcurrentTransforms"), DEFAULT_CONCURRENT)
    strategy = job.batch_strategy or in_api.get(str(preferences.get("BatchStrategy")), "MultiRecord")
    return Plan(job.split_type, strategy, payload * MEGABYTE, concurrent, job.compression_type, _processing(job))


def _processing(job: TransformJob) -> Processing | None:
    return processing(job.input_filter, job.output_filter, job.join_source, job.content_type, job.accept)


def _read_preferences(reply: Reply) -> dict[str, object]:
    if reply.status != 200:
        return {}
    try:
        preferences = json.loads(reply.body)
    except ValueError as error:
        raise EmulatorError(f"/execution-parameters did not answer JSON: {error}") from error
    if not isinstance(preferences, dict):
        raise EmulatorError("/execution-parameters did not answer a JSON object")
    return preferences


def _first(asked: int | None, preferred: object, default: int) -> int:
    if asked is not None:
        return asked
    if preferred is None:
        return default
    if not isinstance(preferred, int) or preferred < 1:
        raise EmulatorError(f"/execution-parameters answered {preferred!r} instead of a number of at least 1")
    return preferred
