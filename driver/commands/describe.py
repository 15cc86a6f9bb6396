"""`launch.py describe`: all that SageMaker knows of something."""

import argparse
from dataclasses import dataclass

from driver.aws import resources
from driver.commandline import flags
from driver.commands import tune
from driver.output import Output, as_lines

DESCRIPTION = """\
Prints everything that SageMaker records under a name: status, times, locations of data and model, failure reason. For
a tuning job it also lists the training jobs and the best one. This costs nothing.

  ./launch.py describe reviews
  ./launch.py describe reviews --kind endpoint --json"""


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.TargetOptions):
    name: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(
        commands, "describe", "NAME ", "show the details of a job, an endpoint or a model", DESCRIPTION
    )
    command.add_argument("name", metavar="NAME", help="job, endpoint, endpoint configuration or model")
    flags.add_kind(command, resources.EVERY)
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json)
    target = flags.connect(options, output)
    there = resources.describe_all(target, options.name, flags.select_kinds(options, resources.EVERY))
    documents = {}
    lines: list[str] = []
    for kind, description in there:
        documents[kind.flag] = description
        lines += [f"{kind.label} {options.name}", *as_lines(description, 1)]
        if kind is resources.TUNING:
            trials = resources.trials(target, options.name)
            documents[kind.flag] = {**description, "TrainingJobSummaries": trials}
            lines += tune.summary(target, trials, description)
    output.result(documents, lines)
    return 0
