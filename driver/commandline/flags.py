"""Options that several commands have, and the target that they name: one thing has one name in all of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from driver import emulator
from driver.aws import keys
from driver.aws.resources import Kind
from driver.aws.target import Target, aws_target, checked_url, configured_endpoint, local_target
from driver.errors import DriverError
from driver.output import Output

UNCONNECTED = "http://127.0.0.1:4580"
"""Stands for the emulator in a dry run, which connects to nothing."""


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, usage: str, help: str, description: str
) -> argparse.ArgumentParser:
    """Return the parser of a new command. `usage` precedes [options]; `description` is kept unchanged."""
    return commands.add_parser(
        name, help=help, description=description, allow_abbrev=False, usage=f"launch.py {name} {usage}[options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip


def add_target(command: argparse.ArgumentParser) -> None:
    """Add --aws and what says where on AWS, or which emulator. Such a command takes a configuration file too."""
    group = command.add_argument_group(
        "where", "Without --aws everything happens on this machine, in the emulator, and costs nothing."
    )
    group.add_argument(
        "--aws", action="store_true", help="use Amazon SageMaker with your AWS credentials; AWS bills you"
    )
    group.add_argument("--region", help="AWS region, such as eu-west-1 (default: that of your AWS settings)")
    group.add_argument("--profile", help="profile in your AWS settings (default: AWS's usual search for credentials)")
    group.add_argument("--role", metavar="ARN", help="IAM role that SageMaker assumes to read and write your data")
    group.add_argument("--bucket", help="S3 bucket for data and models (default: sagemaker-REGION-ACCOUNT)")
    group.add_argument(
        "--account",
        metavar="ID",
        help="AWS account that holds the images (default: the role's, else that of your credentials)",
    )
    group.add_argument("--endpoint-url", metavar="URL", help="address of a running emulator; with --aws, of an AWS "
                       "endpoint of your own (default: $AWS_ENDPOINT_URL, else an emulator is started)")  # fmt: skip
    group.add_argument("--state", type=Path, metavar="DIR", help="folder of the emulator's records and objects "
                       "(default: $LAUNCH_STATE, else run/local)")  # fmt: skip
    group.add_argument("--engine", choices=["docker", "process"], help="how a newly started emulator runs images "
                       "(default: docker if it is available)")  # fmt: skip
    group.add_argument("--config", type=Path, metavar="FILE", help="TOML file with options, see docs/driver.md "
                       "(default: launch.toml in the current folder, with some options ignored)")  # fmt: skip
    command.set_defaults(is_configurable=True, parser=command)


def add_json(command: argparse.ArgumentParser) -> None:
    """Add --json."""
    command.add_argument(
        "--json", action="store_true", help="print the result as one JSON document; messages go to standard error"
    )


def add_kind(
    command: argparse.ArgumentParser,
    kinds: Sequence[Kind],
    help: str = "kind of resource, if several share the name",
) -> None:
    """Add --kind, for a name that several things share."""
    command.add_argument("--kind", choices=[kind.flag for kind in kinds], help=help)


def wanted(options: argparse.Namespace, kinds: Sequence[Kind]) -> Sequence[Kind]:
    """Return the kind that --kind names, or all."""
    return [kind for kind in kinds if options.kind in (None, kind.flag)]


def add_dry_run(command: argparse.ArgumentParser) -> None:
    """Add --dry-run."""
    command.add_argument(
        "--dry-run", action="store_true", help="print the requests as JSON, with secrets hidden, and send nothing"
    )


def add_wait(command: argparse.ArgumentParser, what: str) -> None:
    """Add --wait and --no-wait; waiting is the default."""
    command.add_argument("--wait", action=argparse.BooleanOptionalAction, default=True,
                         help=f"wait for {what} and show progress, or return at once (default: wait)")  # fmt: skip


def add_sending(command: argparse.ArgumentParser, waits_for: str | None = None) -> None:
    """Add what every command has that sends requests which change something; --wait if it can wait for their end."""
    if waits_for:
        add_wait(command, waits_for)
    add_dry_run(command)
    add_json(command)
    add_target(command)


def output(options: argparse.Namespace) -> Output:
    """Return where the command's words go. A dry run prints JSON, so what it says goes to standard error."""
    return Output(options.json or getattr(options, "dry_run", False))


def target(options: argparse.Namespace) -> Target:
    """Return AWS or the emulator, which is started if it must be. Raises DriverError for what does not go together."""
    is_offline = getattr(options, "dry_run", False)
    if options.aws:
        return aws_target(
            options.region, options.profile, options.role, options.bucket, options.account, options.endpoint_url,
            is_offline,
        )  # fmt: skip
    for flag in ("profile", "account"):
        if getattr(options, flag):
            raise DriverError(f"--{flag} concerns AWS, and without --aws nothing is sent there: add --aws")
    url = _emulator(options)
    key = keys.ANY if is_offline else emulator.key(url, emulator.folder(options.state))
    return local_target(url, options.region, options.role, options.bucket, is_offline, key)


def _emulator(options: argparse.Namespace) -> str:
    known = options.endpoint_url or configured_endpoint()
    if known:
        return checked_url(str(known))
    if getattr(options, "dry_run", False):
        return UNCONNECTED
    return emulator.ensure_up(emulator.folder(options.state), engine=options.engine, say=output(options).say)
