"""Writes the /opt/ml that a training container finds: configuration files, channels copied, empty output folders.

File mode. The names in the files differ from the API's (S3DistributionType, TrainingInputMode): they are those of the
service's own files.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.errors import EmulatorError
from emulator.files import modes
from emulator.training.job import Channel, TrainingJob

GROUP = "homogeneousCluster"  # what the service calls the one group of an ordinary job
OPT_ML = Path("/opt/ml")


@dataclass(frozen=True)
class Host:
    """One host of a job, and the folder that is its container's /opt/ml."""

    name: str
    opt_ml: Path


def hosts(count: int) -> list[str]:
    """The names of a job's hosts, sorted as resourceconfig.json has them: algo-10 comes before algo-2."""
    return sorted(f"algo-{number}" for number in range(1, count + 1))


def write(opt_ml: Path, job: TrainingJob, host: str = "algo-1", seen: Path = OPT_ML) -> None:
    """Create `opt_ml` for a host of the job; `seen` is where its container sees it, see Engine.sees.

    A container may run as any user: all may read what is in it, and write to the folders of results. What is above
    it is the owner's alone.

    Raises EmulatorError when the request cannot be laid out, OSError when the disk cannot hold it. Sources are only
    read.
    """
    config = opt_ml / "input" / "config"
    for folder in (config, opt_ml / "input" / "data", opt_ml / "model", opt_ml / "output" / "data"):
        folder.mkdir(parents=True)
    for name, value in job.hyper_parameters.items():
        if not isinstance(value, str):
            raise EmulatorError(f"hyperparameter {name!r} is {value!r}: the API takes strings: write {str(value)!r}")
    _dump(config / "hyperparameters.json", dict(job.hyper_parameters))
    _dump(config / "inputdataconfig.json", {each.channel_name: _describe(each) for each in job.input_data_config})
    _dump(config / "resourceconfig.json", _resources(job, host))
    if job.checkpoint_local_path:
        _dump(config / "checkpointconfig.json", {"LocalPath": str(seen / checkpoints(job))})
        (opt_ml / checkpoints(job)).mkdir(parents=True, exist_ok=True)
    names = hosts(job.instance_count)
    for channel in job.input_data_config:
        files = _files(channel)
        if channel.s3_data_distribution_type == "ShardedByS3Key":
            files = files[names.index(host) :: len(names)]
        _copy(files, opt_ml / "input" / "data" / channel.channel_name)
    modes.open_to_all(opt_ml)
    results = ["model", "output", "output/data", *([str(checkpoints(job))] if job.checkpoint_local_path else [])]
    for result in results:
        (opt_ml / result).chmod(0o777)


def checkpoints(job: TrainingJob) -> Path:
    """The folder of checkpoints, relative to /opt/ml. Raises EmulatorError when it is not one below /opt/ml."""
    path = Path(job.checkpoint_local_path or "")
    if not path.is_relative_to(OPT_ML) or path == OPT_ML or ".." in path.parts:
        raise EmulatorError(f"the checkpoints' local path is {path}: name a folder below /opt/ml")
    return path.relative_to(OPT_ML)


def _describe(channel: Channel) -> dict[str, str]:
    if channel.input_mode != "File":
        raise EmulatorError(
            f"channel {channel.channel_name!r} has input mode {channel.input_mode}: only File is supported"
        )
    described = {
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": channel.s3_data_distribution_type,
        "RecordWrapperType": channel.record_wrapper_type,
    }
    if channel.content_type is not None:
        described["ContentType"] = channel.content_type
    return described


def _resources(job: TrainingJob, host: str) -> dict[str, Any]:
    names = hosts(job.instance_count)
    return {
        "current_host": host,
        "current_instance_type": job.instance_type,
        "current_group_name": GROUP,
        "hosts": names,
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": job.instance_type, "hosts": names}],
        "network_interface_name": "eth0",
    }


def _files(channel: Channel) -> Sequence[tuple[str, Path]]:
    """The channel's files by their names in it, sorted."""
    source = channel.data_source
    if not isinstance(source, Path):
        return sorted(source.items())
    if source.is_file():
        return [(source.name, source)]
    if not source.is_dir():
        raise EmulatorError(f"channel {channel.channel_name!r} reads {source}, which does not exist")
    paths = (Path(folder, name) for folder, _, names in os.walk(source, followlinks=True) for name in names)
    return sorted((path.relative_to(source).as_posix(), path) for path in paths)


def _copy(files: Sequence[tuple[str, Path]], folder: Path) -> None:
    """Copy, not link: a container must not be able to change its caller's data."""
    folder.mkdir()
    for name, path in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
