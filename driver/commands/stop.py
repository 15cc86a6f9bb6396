"""`launch.py stop`: end a job before its time."""

import argparse
from dataclasses import dataclass

from driver.aws import resources
from driver.commandline import flags
from driver.errors import DriverError
from driver.lifecycle import send, wait
from driver.output import Output

DESCRIPTION = """\
Stops a running job. The container gets a signal and two minutes to save its work, which AWS still bills. What a stopped
training job has saved is kept. To end an endpoint, use `delete`.

  ./launch.py stop reviews"""

KINDS = (resources.TRAINING, resources.TUNING, resources.TRANSFORM)


@dataclass(frozen=True, kw_only=True)
class _Options(flags.KindOptions, flags.SendingOptions):
    name: str
    wait: bool


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "stop", "NAME ", "stop a running job", DESCRIPTION)
    command.add_argument("name", metavar="NAME", help="training, tuning or transform job")
    flags.add_kind(command, KINDS)
    flags.add_sending(command, "its end")
    flags.set_run(command, run, _Options)


def run(options: _Options) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = Output(options.json or options.dry_run)
    target = flags.connect(options, output, options.dry_run)
    kinds = flags.select_kinds(options, KINDS)
    if options.dry_run:
        if len(kinds) > 1:
            raise DriverError("a dry run sends nothing, so it cannot look up what kind of job this is: give --kind")
        return send.show([kinds[0].stop(options.name)], output)
    kind, description = resources.describe_one(target, options.name, kinds)
    if description[kind.status] in kind.terminal_statuses:
        raise DriverError(f"the {kind.label} {options.name} is already {description[kind.status]}")
    send.send(target, [kind.stop(options.name)], output.say)
    if options.wait:
        description = wait.wait(target, kind, options.name, output)
    else:
        description = resources.describe(target, kind, options.name)
    output.result(description, [f"the {kind.label} {options.name} is {description[kind.status]}"])
    return 0
