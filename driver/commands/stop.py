"""`launch.py stop`: end a job before its time."""

import argparse

from driver.aws import resources
from driver.commandline import flags as common
from driver.errors import DriverError
from driver.lifecycle import send, wait

DESCRIPTION = """\
Stops a running job. The container gets a signal and two minutes to save its work, which AWS still bills. What a stopped
training job has saved is kept. To end an endpoint, use `delete`.

  ./launch.py stop reviews"""

KINDS = (resources.TRAINING, resources.TUNING, resources.TRANSFORM)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(commands, "stop", "NAME ", "stop a running job", DESCRIPTION)
    command.add_argument("name", metavar="NAME", help="training, tuning or transform job")
    common.add_kind(command, KINDS)
    common.add_sending(command, "its end")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code. Raises DriverError."""
    output = common.output(options)
    target = common.target(options)
    wanted = common.wanted(options, KINDS)
    if options.dry_run:
        if len(wanted) > 1:
            raise DriverError("a dry run sends nothing, so it cannot look up what kind of job this is: give --kind")
        return send.show([wanted[0].stop(options.name)], output)
    kind, description = resources.one(target, options.name, wanted)
    if description[kind.status] in kind.ends:
        raise DriverError(f"the {kind.word} {options.name} is already {description[kind.status]}")
    send.send(target, [kind.stop(options.name)], output.say)
    if options.wait:
        description = wait.wait(target, kind, options.name, output)
    else:
        description = resources.describe(target, kind, options.name)
    output.result(description, [f"the {kind.word} {options.name} is {description[kind.status]}"])
    return 0
