"""Flags that several commands have, the typed options that hold their values, and the target that they name."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self, TypeVar

from driver import emulator
from driver.aws import keys
from driver.aws.resources import Kind
from driver.aws.target import Target, aws_target, check_url, configured_endpoint, local_target
from driver.errors import DriverError
from driver.output import Output

UNCONNECTED = "http://127.0.0.1:4580"
"""Stands for the emulator in a dry run, which connects to nothing."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a command is given. Each field has the name of a flag, or of a positional argument."""

    @classmethod
    def of(cls, values: object) -> Self:
        """Return the options that have the values' attributes: those of parsed flags, or of larger options."""
        return cls(**{field.name: getattr(values, field.name) for field in fields(cls)})


Given = TypeVar("Given", bound=Options)


@dataclass(frozen=True, kw_only=True)
class OutputOptions(Options):
    """The value of `add_json`."""

    json: bool


@dataclass(frozen=True, kw_only=True)
class KindOptions(Options):
    """The value of `add_kind`."""

    kind: str | None


@dataclass(frozen=True, kw_only=True)
class TargetOptions(OutputOptions):
    """The values of `add_target`."""

    aws: bool
    region: str | None
    profile: str | None
    role: str | None
    bucket: str | None
    account: str | None
    endpoint_url: str | None
    state: Path | None
    engine: str | None


@dataclass(frozen=True, kw_only=True)
class SendingOptions(TargetOptions):
    """The values of `add_sending`; a command that can wait has `wait` besides."""

    dry_run: bool


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, usage: str, help: str, description: str
) -> argparse.ArgumentParser:
    """Return the parser of a new command. `usage` precedes [options]; `description` is kept unchanged."""
    return commands.add_parser(
        name, help=help, description=description, allow_abbrev=False, usage=f"launch.py {name} {usage}[options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip


def set_run(
    command: argparse.ArgumentParser,
    run: Callable[[Given], int],
    options: type[Given],
    preset: Callable[[Given], Iterable[Mapping[str, object]]] | None = None,
) -> None:
    """Have a command carried out by `run`, which is given its `options` and returns the exit code.

    `preset` returns tables of flags that stand for what neither command line nor configuration file says.
    """
    command.set_defaults(run=run, options=options, preset=preset)


def add_target(command: argparse.ArgumentParser) -> None:
    """Add --json, --aws and what says where on AWS, or which emulator. Such a command takes a configuration file."""
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
    add_json(command)
    command.set_defaults(is_configurable=True, parser=command)


def port(text: str) -> int:
    """Return the port that a flag names, 0 for any free one. Raises ArgumentTypeError."""
    if not (text.isdecimal() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 0 to 65535")
    return int(text)


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


def select_kinds(options: KindOptions, kinds: Sequence[Kind]) -> Sequence[Kind]:
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
    add_target(command)


def connect(options: TargetOptions, output: Output, is_offline: bool = False) -> Target:
    """Return AWS or the emulator, which is started if it must be; `is_offline` for a dry run, which asks nothing.

    Raises DriverError for what does not go together.
    """
    if options.aws:
        return connect_aws(options, is_offline)
    for flag, value in (("profile", options.profile), ("account", options.account)):
        if value:
            raise DriverError(f"--{flag} concerns AWS, and without --aws nothing is sent there: add --aws")
    url = options.endpoint_url or configured_endpoint()
    state = emulator.folder(options.state)
    if url:
        check_url(url)
    else:
        url = UNCONNECTED if is_offline else emulator.ensure_up(state, engine=options.engine, say=output.say)
    key = keys.ANY if is_offline else emulator.key(url, state)
    return local_target(url, options.region, options.role, options.bucket, is_offline, key)


def connect_aws(options: TargetOptions, is_offline: bool = False) -> Target:
    """Return AWS, whether --aws is given or not. Raises DriverError."""
    return aws_target(
        options.region, options.profile, options.role, options.bucket, options.account, options.endpoint_url, is_offline
    )
