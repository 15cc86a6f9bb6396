"""`launch.py describe`: all that SageMaker knows of something."""

import argparse

from driver.aws import resources
from driver.commandline import flags as common
from driver.commands import tune
from driver.output import as_lines

DESCRIPTION = """\
Prints everything that SageMaker records under a name: status, times, locations of data and model, failure reason. For
a tuning job it also lists the training jobs and the best one. This costs nothing.

  ./launch.py describe reviews
  ./launch.py describe reviews --kind endpoint --json"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(
        commands, "describe", "NAME ", "show the details of a job, an endpoint or a model", DESCRIPTION
    )
    command.add_argument("name", metavar="NAME", help="job, endpoint, endpoint configuration or model")
    common.add_kind(command, resources.EVERY)
    common.add_json(command)
    common.add_target(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = common.output(options)
    target = common.target(options)
    there = resources.named(target, options.name, common.wanted(options, resources.EVERY))
    documents = {}
    lines: list[str] = []
    for kind, description in there:
        documents[kind.flag] = description
        lines += [f"{kind.word} {options.name}", *as_lines(description, 1)]
        if kind is resources.TUNING:
            trials = resources.trials(target, options.name)
            documents[kind.flag] = {**description, "TrainingJobSummaries": trials}
            lines += tune.summary(target, trials, description)
    output.result(documents, lines)
    return 0
