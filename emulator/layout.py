"""Writes the /opt/ml that a training container finds: three configuration files, channels copied, empty output folders.

File mode on one host. The names in the files differ from the API's (S3DistributionType, TrainingInputMode): they are
those of the service's own files.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from emulator.errors import EmulatorError
from emulator.jobs import Channel, TrainingJob

HOST = "algo-1"
GROUP = "homogeneousCluster"  # what the service calls the one group of an ordinary job


def write(opt_ml: Path, job: TrainingJob) -> None:
    """Create `opt_ml` for the job. Raises EmulatorError when the request cannot be laid out; sources are only read."""
    config = opt_ml / "input" / "config"
    for folder in (config, opt_ml / "input" / "data", opt_ml / "model", opt_ml / "output" / "data"):
        folder.mkdir(parents=True)
    for name, value in job.hyper_parameters.items():
        if not isinstance(value, str):
            raise EmulatorError(f"hyperparameter {name!r} is {value!r}: the API takes strings, write {str(value)!r}")
    _dump(config / "hyperparameters.json", dict(job.hyper_parameters))
    _dump(config / "inputdataconfig.json", {each.channel_name: _described(each) for each in job.input_data_config})
    _dump(config / "resourceconfig.json", _resources(job.instance_type))
    for channel in job.input_data_config:
        _copy(channel, opt_ml / "input" / "data" / channel.channel_name)


def _described(channel: Channel) -> dict[str, str]:
    if channel.input_mode != "File":
        raise EmulatorError(f"channel {channel.channel_name!r} has input mode {channel.input_mode}: only File is done")
    described = {
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": channel.s3_data_distribution_type,
        "RecordWrapperType": channel.record_wrapper_type,
    }
    if channel.content_type is not None:
        described["ContentType"] = channel.content_type
    return described


def _resources(instance_type: str) -> dict[str, Any]:
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": instance_type, "hosts": [HOST]}],
        "network_interface_name": "eth0",
    }


def _copy(channel: Channel, folder: Path) -> None:
    """Copy, not link: a container must not be able to change its caller's data."""
    if channel.data_source.is_dir():
        shutil.copytree(channel.data_source, folder)
    elif channel.data_source.is_file():
        folder.mkdir()
        shutil.copyfile(channel.data_source, folder / channel.data_source.name)
    else:
        raise EmulatorError(f"channel {channel.channel_name!r} reads {channel.data_source}, which does not exist")


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
