"""`launch.py fetch`: what a training job has left, as files."""

import argparse
from pathlib import Path

from driver.aws import resources, s3
from driver.commandline import flags as common
from driver.errors import DriverError

DESCRIPTION = """\
Downloads the results of a training job: model.tar.gz, and output.tar.gz if the job wrote one.

  ./launch.py fetch reviews --output models/reviews"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(
        commands, "fetch", "NAME ", "download the model and output of a training job", DESCRIPTION
    )
    command.add_argument("name", metavar="NAME", help="training job")
    command.add_argument("--output", type=Path, metavar="DIR", help="folder to download to (default: run/NAME)")
    common.add_json(command)
    common.add_target(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    target = common.target(options)
    description = resources.describe(target, resources.TRAINING, options.name)
    if "ModelArtifacts" not in description:
        state = description["TrainingJobStatus"]
        raise DriverError(f"the training job {options.name} has no model (it is {state}): there is nothing to fetch")
    place = description["ModelArtifacts"]["S3ModelArtifacts"].rpartition("/")[0]
    folder = options.output or Path("run") / options.name
    files = s3.download(target, f"{place}/", folder)
    common.output(options).result({"Files": [str(file) for file in files]}, map(str, files))
    return 0
