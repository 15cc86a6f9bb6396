"""`launch.py doctor`: says what is missing on this machine, and with --aws in the account. Changes nothing."""

import argparse
from collections import Counter

from driver import emulator
from driver.aws.target import aws_target
from driver.checks import account, machine
from driver.checks.check import Status, missing
from driver.commandline import flags as common
from driver.errors import DriverError
from driver.output import table

DESCRIPTION = """\
Checks this machine, and with --aws your AWS account, and reports what works, what is worth knowing and what is
missing. It changes nothing. The exit code is 1 if something is missing.

  ./launch.py doctor
  ./launch.py doctor --aws --role arn:aws:iam::123456789012:role/Trainer"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = common.add_command(commands, "doctor", "", "check this machine, and with --aws your account", DESCRIPTION)
    common.add_json(command)
    common.add_target(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    found = list(machine.checks(emulator.folder(options.state)))
    if options.aws:
        try:
            target = aws_target(
                options.region, options.profile, options.role, options.bucket, options.account, options.endpoint_url
            )
            found += account.checks(target)
        except DriverError as error:
            found.append(missing("AWS settings", str(error)))
    count = Counter(check.status for check in found)
    rows = [[check.status, check.name, check.found] for check in found]
    document = {
        "missing": count[Status.MISSING],
        "checks": [{"name": check.name, "status": check.status, "found": check.found} for check in found],
    }
    where = "" if options.aws else "; add --aws to check your AWS account too"
    end = f"{count[Status.MISSING]} missing, {count[Status.NOTE]} worth knowing{where}"
    common.output(options).result(document, [*table(["", "CHECK", "FOUND"], rows), end])
    return 1 if count[Status.MISSING] else 0
