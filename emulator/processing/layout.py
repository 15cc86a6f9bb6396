"""Writes the /opt/ml that a processing container finds: its configuration, inputs copied, empty folders of outputs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.errors import EmulatorError
from emulator.files import modes
from emulator.jobs import hosts
from emulator.processing import requests

Inputs = Mapping[str, Mapping[str, Path]]
"""The files of each input, by its name and by theirs."""


def write(host: hosts.Host, request: Mapping[str, Any], arn: str, inputs: Inputs) -> None:
    """Create the host's folder for a checked request.

    A container may run as any user: all may read what is in it, and write to the folders of outputs. Raises
    EmulatorError for two inputs that would write the same file, OSError when the disk cannot hold it.
    """
    config = host.opt_ml / "config"
    cluster = request["ProcessingResources"]["ClusterConfig"]
    for folder in (config, host.opt_ml / "output", host.opt_ml / "processing"):
        folder.mkdir(parents=True)
    described = {name: value for name, value in request.items() if name != "Tags"}
    hosts.dump(config / "processingjobconfig.json", {"ProcessingJobArn": arn, **described})
    hosts.dump(
        config / "resourceconfig.json", hosts.resources(host.name, cluster["InstanceCount"], cluster["InstanceType"])
    )
    for each in request["ProcessingInputs"]:
        source = each["S3Input"]
        files = sorted(inputs[each["InputName"]].items())
        folder = host.opt_ml / requests.inside(source["LocalPath"])
        mine = hosts.share(files, source["S3DataDistributionType"], host.name, cluster["InstanceCount"])
        if taken := [name for name, _ in mine if (folder / name).exists()]:
            raise EmulatorError(
                f"two inputs would be the file {source['LocalPath']}/{taken[0]}: give them other folders"
            )
        hosts.copy(mine, folder)
    results = [host.opt_ml / "output", *(host.opt_ml / part for _, part in outputs(request))]
    for folder in results:
        folder.mkdir(parents=True, exist_ok=True)
    modes.open_to_all(host.opt_ml)
    for folder in results:
        folder.chmod(0o777)


def outputs(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the S3Uri of each output, and its folder relative to /opt/ml."""
    for each in request.get("ProcessingOutputConfig", {}).get("Outputs", []):
        yield each["S3Output"]["S3Uri"], requests.inside(each["S3Output"]["LocalPath"])
