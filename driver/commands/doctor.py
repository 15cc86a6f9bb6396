"""`launch.py doctor`: says what is missing on this machine, and with --aws in the account. Changes nothing."""

import argparse
from collections import Counter

from driver import emulator
from driver.checks import account, machine
from driver.checks.check import Status, missing
from driver.commandline import flags
from driver.errors import DriverError
from driver.output import Output, table

DESCRIPTION = """\
Checks this machine, and with --aws your AWS account, and reports what works, what is worth knowing and what is
missing. It changes nothing. The exit code is 1 if something is missing.

  ./launch.py doctor
  ./launch.py doctor --aws --role arn:aws:iam::123456789012:role/Trainer"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    command = flags.add_command(commands, "doctor", "", "check this machine, and with --aws your account", DESCRIPTION)
    flags.add_target(command)
    flags.set_run(command, run, flags.TargetOptions)


def run(options: flags.TargetOptions) -> int:
    """Run the command; return its exit code."""
    found = list(machine.checks(emulator.folder(options.state)))
    if options.aws:
        try:
            found += account.checks(flags.connect_aws(options))
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
    Output(options.json).result(document, [*table(["", "CHECK", "FOUND"], rows), end])
    return 1 if count[Status.MISSING] else 0
