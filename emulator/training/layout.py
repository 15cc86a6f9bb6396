"""Writes the /opt/ml that a training container finds: configuration files, channels copied, empty output folders.

File mode. The names in the files differ from the API's (S3DistributionType, TrainingInputMode): they are those of the
service's own files.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from emulator.errors import EmulatorError
from emulator.files import modes
from emulator.jobs import hosts
from emulator.jobs.hosts import OPT_ML
from emulator.training.job import Channel, TrainingJob

DRIVERS = "sm_drivers"
"""The channel in which version 3 of the SageMaker SDK sends programs of its own, which start a user's script."""


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
    hosts.dump(config / "hyperparameters.json", dict(job.hyper_parameters))
    hosts.dump(config / "inputdataconfig.json", {each.channel_name: _describe(each) for each in job.input_data_config})
    hosts.dump(config / "resourceconfig.json", hosts.resources(host, job.instance_count, job.instance_type))
    if job.checkpoint_local_path:
        hosts.dump(config / "checkpointconfig.json", {"LocalPath": str(seen / checkpoints(job))})
        (opt_ml / checkpoints(job)).mkdir(parents=True, exist_ok=True)
    for channel in job.input_data_config:
        files = hosts.share(_files(channel), channel.s3_data_distribution_type, host, job.instance_count)
        hosts.copy(files, opt_ml / "input" / "data" / channel.channel_name)
    if seen != OPT_ML:
        _point(opt_ml / "input" / "data" / DRIVERS, seen)
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


def _point(drivers: Path, seen: Path) -> None:
    """Let the SDK's programs, which have /opt/ml written out, find the folder that a process sees in its place."""
    for path in (path for path in drivers.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if b"/opt/ml/" in content:
            path.write_bytes(content.replace(b"/opt/ml/", f"{seen}/".encode()))


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
