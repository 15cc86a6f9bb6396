"""Every path of a SageMaker container, in one place.

Nothing is created or read here. Source: "How Amazon SageMaker Provides Training Information" and "... Processes
Training Output" in the Amazon SageMaker developer guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The paths below one base folder.

    Example:
    >>> str(Paths(Path("/opt/ml")).channel("train"))
    '/opt/ml/input/data/train'
    """

    base: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Paths":
        """Take the base folder from `SAGEMAKER_BASE_DIR`, as both SageMaker toolkits do; /opt/ml without it."""
        return cls(Path(environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))

    def channel(self, name: str) -> Path:
        """Return the folder of one data channel in File or FastFile mode."""
        return self.input_data / name

    @property
    def input_config(self) -> Path:
        """The folder of the configuration files below."""
        return self.base / "input" / "config"

    @property
    def hyperparameters(self) -> Path:
        """A flat JSON object; every value is a string."""
        return self.input_config / "hyperparameters.json"

    @property
    def input_data_config(self) -> Path:
        """A JSON object keyed by channel name."""
        return self.input_config / "inputdataconfig.json"

    @property
    def resource_config(self) -> Path:
        """A JSON object: this host and all hosts of the job."""
        return self.input_config / "resourceconfig.json"

    @property
    def checkpoint_config(self) -> Path:
        """A JSON object with `LocalPath`; there only when checkpoints are configured."""
        return self.input_config / "checkpointconfig.json"

    @property
    def input_data(self) -> Path:
        """The folder that holds one folder for each channel."""
        return self.base / "input" / "data"

    @property
    def model(self) -> Path:
        """What becomes model.tar.gz."""
        return self.base / "model"

    @property
    def output_data(self) -> Path:
        """What becomes output.tar.gz; may not exist yet."""
        return self.base / "output" / "data"

    @property
    def failure(self) -> Path:
        """The text whose first 1,024 characters become the job's FailureReason."""
        return self.base / "output" / "failure"

    @property
    def checkpoints(self) -> Path:
        """The default place of checkpoints, kept in step with S3 when checkpoints are configured."""
        return self.base / "checkpoints"
