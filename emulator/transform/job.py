"""What a transform job is asked for, in the words of CreateTransformJob; folders stand for S3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class TransformJob:
    """One batch transform; None means that the caller did not say, so /execution-parameters or the default decides.

    `data_source` is a file or a folder. `input_filter`, `output_filter` and `join_source` are DataProcessing's.
    """

    transform_job_name: str
    model_data: Path | None
    data_source: Path
    output_path: Path
    content_type: str | None = None
    accept: str | None = None
    compression_type: str = "None"
    split_type: str = "None"
    assemble_with: str = "None"
    batch_strategy: str | None = None
    max_payload_in_mb: int | None = None
    max_concurrent_transforms: int | None = None
    invocations_timeout_in_seconds: float = 600  # ModelClientConfig's defaults
    invocations_max_retries: int = 3
    environment: Mapping[str, str] = field(default_factory=dict)
    enable_network_isolation: bool = False
    memory_in_mb: int | None = None
    input_filter: str = "$"
    output_filter: str = "$"
    join_source: str = "None"
    container_hostname: str | None = None
