"""`launch.py fetch`: what a training job has left, as files."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from driver.aws import resources, s3
from driver.commandline import flags
from driver.errors import DriverError
from driver.output import Output

DESCRIPTION = """\
Downloads the results of a training job: model.tar.gz, and output.tar.gz if the job wrote one.

  ./launch.py fetch reviews --output models/reviews"""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.TargetOptions):
    name: str
    output: Path | None


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(
        commands, "fetch", "NAME ", "download the model and output of a training job", DESCRIPTION
    )
    command.add_argument("name", metavar="NAME", help="training job")
    command.add_argument("--output", type=Path, metavar="DIR", help="folder to download to (default: run/NAME)")
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json)
    target = flags.connect(options, output)
    description = resources.describe(target, resources.TRAINING, options.name)
    if "ModelArtifacts" not in description:
        state = description["TrainingJobStatus"]
        raise DriverError(f"the training job {options.name} has no model (it is {state}): there is nothing to fetch")
    place = description["ModelArtifacts"]["S3ModelArtifacts"].rpartition("/")[0]
    folder = options.output or Path("run") / options.name
    files = s3.download(target, f"{place}/", folder)
    output.result({"Files": [str(file) for file in files]}, map(str, files))
    return 0
