"""What a training job is asked for, in the words of CreateTrainingJob; folders stand for S3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Channel:
    """One entry of InputDataConfig; `data_source` is a file, a folder, or files by their names in the channel."""

    channel_name: str
    data_source: Path | Mapping[str, Path]
    content_type: str | None = None
    input_mode: str = "File"
    s3_data_distribution_type: str = "FullyReplicated"
    record_wrapper_type: str = "None"


@dataclass(frozen=True)
class MetricDefinition:
    """A metric read from the log: the regex's first group is the number."""

    name: str
    regex: str


@dataclass(frozen=True)
class TrainingJob:
    """One training job.

    `checkpoint_local_path` is a path in the container, as CheckpointConfig has it. Empty `container_entrypoint` and
    `container_arguments` leave the image's own.
    """

    training_job_name: str
    input_data_config: tuple[Channel, ...] = ()
    hyper_parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    metric_definitions: tuple[MetricDefinition, ...] = ()
    instance_type: str = "local"
    enable_network_isolation: bool = False
    memory_in_mb: int | None = None
    max_runtime_in_seconds: float = 86_400  # the API's default: one day
    instance_count: int = 1
    container_entrypoint: tuple[str, ...] = ()
    container_arguments: tuple[str, ...] = ()
    checkpoint_local_path: str | None = None
    training_job_arn: str | None = None
