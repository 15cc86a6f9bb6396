"""What SageMaker tells a training container about its job: channels, hosts, name, checkpoints.

Only what sagemaker-training needs is required: hyperparameters, channels and resources have a file each, and the last
names this host and all hosts. Everything else is optional, because local mode writes far less than the service does.
Pipe mode is refused.
"""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from smcontract.errors import UserError, shown
from smcontract.files import read_object
from smcontract.paths import Paths

INPUT_MODES = ("File", "FastFile")
SECONDS = "CHECKPOINT_SECONDS"
"""A variable of the job's environment, not a hyperparameter: it changes no model."""
CHECKPOINT_SECONDS = 30.0

# The toolkit makes environment variables of hosts, job and region; SageMaker's own names fit this.
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Channel:
    """One data channel. `content_type` is None when the caller set none."""

    name: str
    folder: Path
    content_type: str | None = None
    input_mode: str = "File"
    distribution: str = "FullyReplicated"
    may_be_empty: bool = False

    @property
    def is_divided(self) -> bool:
        """Whether each host has files of its own."""
        return self.distribution == "ShardedByS3Key"

    def files(self) -> list[Path]:
        """Return every file below the folder, sorted; hidden and zero-byte ones ("folder" objects) are left out.

        Empty only where `may_be_empty`: with ShardedByS3Key a host gets nothing when there are fewer objects
        than hosts. Otherwise raises UserError without any file.
        """
        found = sorted(path for path in self.folder.rglob("*") if self._is_data(path))
        if not found and not self.may_be_empty:
            raise UserError(
                f"channel {shown(self.name)} holds no data: {self.folder} has only hidden or empty files, if any; "
                "check the S3Uri of the channel"
            )
        return found

    def _is_data(self, path: Path) -> bool:
        hidden = any(part.startswith(".") for part in path.relative_to(self.folder).parts)
        return not hidden and path.is_file() and path.stat().st_size > 0


@dataclass(frozen=True)
class Resources:
    """The hosts of the job, in SageMaker's order; the first is the leader."""

    current_host: str
    hosts: tuple[str, ...]

    @property
    def is_leader(self) -> bool:
        """Whether this host is the one that writes the model."""
        return self.current_host == self.hosts[0]


@dataclass(frozen=True)
class Job:
    """One training job, as seen by one of its hosts.

    `checkpoints` is None when none are configured; there are `checkpoint_seconds` between two of them, at least.
    """

    channels: Mapping[str, Channel]
    resources: Resources
    name: str | None = None
    checkpoints: Path | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS

    @classmethod
    def load(cls, paths: Paths, environ: Mapping[str, str]) -> "Job":
        """Read the configuration files.

        Raises UserError when one is missing or malformed, or a channel is in Pipe mode.
        """
        resources = _resources(_object(paths.resource_config, '{"current_host": "algo-1", "hosts": ["algo-1"]}'))
        config = _object(paths.input_data_config, '{"train": {}}')
        return cls(
            channels={name: _channel(name, value, paths, resources) for name, value in sorted(config.items())},
            resources=resources,
            name=environ.get("TRAINING_JOB_NAME"),
            checkpoints=_checkpoints(paths),
            checkpoint_seconds=_seconds(environ),
        )

    def check_one_host(self, detail: str = "") -> None:
        """Raise UserError when the job has several hosts, for images that train on one; `detail` says more of it."""
        if (count := len(self.resources.hosts)) > 1:
            raise UserError(
                f"the job has {count} instances, but this image trains on one{detail}: set InstanceCount to 1"
            )

    def channel(self, name: str) -> Channel:
        """Return a channel that must be there. Raises UserError when the job lacks it."""
        if name not in self.channels:
            there = ", ".join(self.channels) or "none"
            raise UserError(f"channel {shown(name)} is missing: the job has {there}; add it to InputDataConfig")
        return self.channels[name]


def read_hyperparameters(paths: Paths) -> dict[str, Any]:
    """Return the hyperparameters as they were given, those of sagemaker-training itself among them.

    Raises UserError when the file is missing or malformed, or holds a value that the toolkit would die of.
    """
    given = _object(paths.hyperparameters, "{}")
    for name, value in given.items():
        decoded = _decode(name, value)
        if name in ("sagemaker_job_name", "sagemaker_region") and not _is_name(decoded):
            raise UserError(f"hyperparameter {name} is {shown(decoded)}: leave it out, SageMaker does not need it")
        if name == "sagemaker_container_log_level" and type(decoded) is not int:
            raise UserError(
                f"hyperparameter {name} is {shown(decoded)}: set it to a number, such as 20, or leave it out"
            )
        if name == "sagemaker_s3_output" and not str(decoded).startswith("s3://"):
            raise UserError(f"hyperparameter {name} is {shown(decoded)}: set it to an s3:// URI, or leave it out")
    return given


def _decode(name: str, value: object) -> object:
    """What the toolkit makes of a hyperparameter."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except RecursionError:
        raise UserError(f"hyperparameter {shown(name)} is JSON nested too deeply: leave it out") from None
    except ValueError:
        return value


def _object(path: Path, example: str) -> dict[str, Any]:
    if not path.exists():
        raise UserError(
            f"{path} is missing: SageMaker and its local mode write it; to create it by hand, start with {example}"
        )
    return read_object(path)


def _resources(config: Mapping[str, Any]) -> Resources:
    host, hosts = config.get("current_host"), config.get("hosts")
    if not _is_name(host):
        raise UserError(f'resourceconfig.json: current_host is {shown(host)}, not the name of a host such as "algo-1"')
    if not isinstance(hosts, list) or not all(map(_is_name, hosts)) or host not in hosts:
        raise UserError(
            f"resourceconfig.json: hosts is {shown(hosts)}, not a list of host names with the current_host "
            f"{shown(host)} among them"
        )
    for name in ("current_instance_type", "current_group_name"):
        _text(config, name, "resourceconfig.json")
    groups = config.get("instance_groups", [])
    if not isinstance(groups, list) or not all(map(_is_group, groups)):
        raise UserError(
            f"resourceconfig.json: instance_groups is {shown(groups)}, not a list of objects with instance_group_name "
            "and hosts"
        )
    return Resources(host, tuple(hosts))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_group(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("hosts"), list):
        return False
    return all(map(_is_name, [value.get("instance_group_name"), *value["hosts"]]))


def _text(config: Mapping[str, Any], key: str, where: str) -> str | None:
    """A value that is optional; None and "" are as good as absent."""
    value = config.get(key)
    if value is not None and not isinstance(value, str):
        raise UserError(f"{where}: {key} is {shown(value)}, not text: correct it, or leave it out")
    return value or None


def _channel(name: str, config: object, paths: Paths, resources: Resources) -> Channel:
    where = f"channel {shown(name)} in {paths.input_data_config.name}"
    if not _is_name(name):
        raise UserError(f"{where} has a name that SageMaker does not allow: use letters, digits, dots, dashes and _")
    if not isinstance(config, dict):
        raise UserError(f"{where} must be an object, not {shown(config)}")
    mode = _text(config, "TrainingInputMode", where) or "File"
    if mode not in INPUT_MODES:
        raise UserError(
            f"channel {shown(name)} uses {mode} mode, which this image cannot read: set its InputMode to "
            f"{' or '.join(INPUT_MODES)}"
        )
    distribution = _text(config, "S3DistributionType", where) or "FullyReplicated"
    return Channel(
        name=name,
        folder=paths.channel(name),
        content_type=_text(config, "ContentType", where),
        input_mode=mode,
        distribution=distribution,
        may_be_empty=distribution == "ShardedByS3Key" and len(resources.hosts) > 1,
    )


def _checkpoints(paths: Paths) -> Path | None:
    if not paths.checkpoint_config.exists():
        return None
    config = read_object(paths.checkpoint_config)
    return Path(_text(config, "LocalPath", paths.checkpoint_config.name) or paths.checkpoints)


def _seconds(environ: Mapping[str, str]) -> float:
    text = environ.get(SECONDS) or str(CHECKPOINT_SECONDS)
    with suppress(ValueError):
        if 0 <= (seconds := float(text)) < math.inf:
            return seconds
    raise UserError(f"{SECONDS} is {shown(text)}: set it to a number of seconds, 0 or more, or leave it out")
