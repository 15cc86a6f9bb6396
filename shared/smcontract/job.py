"""What SageMaker tells a training container about its job: channels, hosts, name, checkpoints.

Every key, and every file, is optional: local mode writes far less than the service does. Pipe mode is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smcontract.errors import UserError, shown
from smcontract.files import read_object, read_optional_object
from smcontract.paths import Paths

INPUT_MODES = ("File", "FastFile")


@dataclass(frozen=True)
class Channel:
    """One data channel. `content_type` is None when the caller set none."""

    name: str
    folder: Path
    content_type: str | None = None
    input_mode: str = "File"
    distribution: str = "FullyReplicated"
    may_be_empty: bool = False

    def files(self) -> list[Path]:
        """Return every file below the folder, sorted; hidden and zero-byte ones ("folder" objects) are left out.

        Empty only where `may_be_empty`: with ShardedByS3Key a host gets nothing when there are fewer objects
        than hosts. Otherwise raises UserError when there is no file.
        """
        found = sorted(path for path in self.folder.rglob("*") if self._is_data(path))
        if not found and not self.may_be_empty:
            raise UserError(
                f"channel {shown(self.name)} holds no data: {self.folder} has no file that is neither hidden nor "
                "empty; check the S3Uri of the channel"
            )
        return found

    def _is_data(self, path: Path) -> bool:
        hidden = any(part.startswith(".") for part in path.relative_to(self.folder).parts)
        return not hidden and path.is_file() and path.stat().st_size > 0


@dataclass(frozen=True)
class Resources:
    """The hosts of the job, in SageMaker's order; the first is the leader."""

    current_host: str = "algo-1"
    hosts: tuple[str, ...] = ("algo-1",)

    @property
    def is_leader(self) -> bool:
        """Whether this host is the one that writes the model."""
        return self.current_host == self.hosts[0]


@dataclass(frozen=True)
class Job:
    """One training job, as seen by one of its hosts. `checkpoints` is None when none are configured."""

    channels: Mapping[str, Channel]
    resources: Resources = Resources()
    name: str | None = None
    checkpoints: Path | None = None

    @classmethod
    def load(cls, paths: Paths, environ: Mapping[str, str]) -> "Job":
        """Read the configuration files. Raises UserError when one is malformed or a channel is in Pipe mode."""
        resources = _resources(read_optional_object(paths.resource_config))
        config = read_optional_object(paths.input_data_config)
        return cls(
            channels={name: _channel(name, value, paths, resources) for name, value in sorted(config.items())},
            resources=resources,
            name=environ.get("TRAINING_JOB_NAME"),
            checkpoints=_checkpoints(paths),
        )

    def channel(self, name: str) -> Channel:
        """Return a channel that must be there. Raises UserError when the job lacks it."""
        if name not in self.channels:
            there = ", ".join(self.channels) or "none"
            raise UserError(f"channel {shown(name)} is missing: the job has {there}; add it to InputDataConfig")
        return self.channels[name]


def _resources(config: Mapping[str, Any]) -> Resources:
    host = config.get("current_host", Resources.current_host)
    return Resources(current_host=host, hosts=tuple(config.get("hosts") or (host,)))


def _channel(name: str, config: object, paths: Paths, resources: Resources) -> Channel:
    if not isinstance(config, dict):
        raise UserError(f"{paths.input_data_config}: channel {shown(name)} must be an object, not {shown(config)}")
    mode = config.get("TrainingInputMode") or "File"
    if mode not in INPUT_MODES:
        raise UserError(
            f"channel {shown(name)} comes in {mode} mode, which this image does not read: "
            f"set its InputMode to {' or '.join(INPUT_MODES)}"
        )
    distribution = config.get("S3DistributionType") or "FullyReplicated"
    return Channel(
        name=name,
        folder=paths.channel(name),
        content_type=config.get("ContentType") or None,
        input_mode=mode,
        distribution=distribution,
        may_be_empty=distribution == "ShardedByS3Key" and len(resources.hosts) > 1,
    )


def _checkpoints(paths: Paths) -> Path | None:
    if not paths.checkpoint_config.exists():
        return None
    return Path(read_object(paths.checkpoint_config).get("LocalPath") or paths.checkpoints)
