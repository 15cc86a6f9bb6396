"""`launch.py logs`: what the containers of a job or an endpoint have written."""

import argparse
import time
from dataclasses import dataclass

from driver.aws import logs, resources
from driver.commandline import flags
from driver.errors import DriverError
from driver.lifecycle import wait
from driver.output import Output

DESCRIPTION = """\
Prints what a container wrote while it trained, transformed or served. If a job and an endpoint share a name, the
job's log is shown unless --kind says otherwise. Reading logs costs nothing; AWS bills their storage.

  ./launch.py logs reviews
  ./launch.py logs reviews --follow
  ./launch.py logs reviews --kind endpoint"""

KINDS = (resources.TRAINING, resources.TRANSFORM, resources.ENDPOINT)


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.TargetOptions):
    name: str
    follow: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "logs", "NAME ", "show the log of a job or an endpoint", DESCRIPTION)
    command.add_argument("name", metavar="NAME", help="training job, transform job or endpoint")
    flags.add_kind(command, KINDS)
    command.add_argument("--follow", action="store_true", help="keep printing new lines until the job ends, or Ctrl-C")
    flags.add_target(command)
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json)
    target = flags.connect(options, output)
    kind, description = resources.describe_all(target, options.name, flags.select_kinds(options, KINDS))[0]
    tail = logs.tail(target, kind, options.name)
    if tail is None:
        raise DriverError(f"a {kind.label} has no log")
    if options.json:
        if options.follow:
            raise DriverError("--follow has no end, and --json prints one document: leave one of them out")
        output.result([line._asdict() for line in tail.lines()])
        return 0
    _show(tail)
    while options.follow and not (kind.can_stop and description[kind.status] in kind.terminal_statuses):
        time.sleep(wait.pause(target))
        description = resources.describe(target, kind, options.name)
        _show(tail)
    return 0


def _show(tail: logs.Tail) -> None:
    for event in tail.lines():
        for line in event.lines():
            print(line, flush=True)
