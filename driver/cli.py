"""The command line. Each command is a module of `driver.commands` that adds its own parser."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

from driver import console
from driver.checkout import as_typed
from driver.commandline import configfile
from driver.commandline.parser import Parser
from driver.commands import (
    data,
    delete,
    deploy,
    describe,
    doctor,
    drift,
    fetch,
    invoke,
    local,
    logs,
    mistakes,
    pipeline,
    rehearse,
    report,
    stop,
    train,
    transform,
    trying,
    tune,
    update,
)
from driver.commands import list as listing
from driver.errors import INTERRUPTED, MISTAKE, USAGE, ChoiceError, DriverError

COMMANDS: tuple[ModuleType, ...] = (
    train, tune, report, mistakes, fetch, deploy, update, invoke, trying, transform, drift, logs, listing, describe,
    stop, delete, pipeline, rehearse, data, local, doctor,
)  # fmt: skip
"""In the order in which `--help` lists them. Each has add(commands), which says with flags.set_run what runs it."""

_REPEATABLE = frozenset({"--drop", "--map"})  # of the flags that errors suggest

DESCRIPTION = """\
Train, deploy, query and delete models on Amazon SageMaker, or on this machine without an AWS account. Without --aws
nothing leaves this machine."""

EPILOGUE = """\
examples, all on this machine:
  ./launch.py train xgboost-sentiment --name reviews
  ./launch.py deploy reviews
  ./launch.py invoke reviews "A wonderful film, superbly acted."
  ./launch.py delete --all-from reviews

exit codes:
  0 success   1 your mistake, or AWS refused   2 invalid command line   3 the job failed   4 the job was stopped
  5 requests have drifted   130 interrupted"""


def name(command: ModuleType) -> str:
    """Return what a command is called: as its module is, unless that cannot be a module's name, or says less."""
    called = command.__name__.rpartition(".")[2]
    return {"trying": "try", "rehearse": "rehearse-spot"}.get(called, called)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = Parser(
        prog="launch.py", usage="launch.py COMMAND [options]", description=DESCRIPTION, epilog=EPILOGUE,
        allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND ...", title="commands")
    for module in COMMANDS:
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Every DriverError becomes one line on standard error.

    What only the user can decide is asked on a terminal; elsewhere the line ends in the command that would do it.
    """
    console.install()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        while True:
            try:
                return _run(given)
            except ChoiceError as error:
                if (flags := _ask(error, given)) is None:
                    return error.exit_code
                given = _with(given, flags)
    except DriverError as error:
        _complain(f"launch.py: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _complain("\nlaunch.py: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # such as `launch.py list | head`
        return INTERRUPTED
    except OSError as error:  # such as a full disk
        _complain(
            f"launch.py: {error.filename or 'this machine'}: {error.strerror or error}; check the file, its folder "
            "and the disk"
        )
        return MISTAKE


def _run(given: Sequence[str]) -> int:
    try:
        if not given:
            parser().print_help()
            return USAGE
        parsed = parse(given)
        return int(parsed.run(parsed.options.of(parsed)))  # of here on the options are typed: see flags.set_run
    finally:
        sys.stdout.flush()  # here, where a reader that has gone is still caught: argparse does not flush its help


def _ask(error: ChoiceError, given: Sequence[str]) -> Sequence[str] | None:
    """Return the flags that the user chooses on a terminal; elsewhere, or where none is chosen, say what to do."""
    commands = [shlex.join(["./launch.py", *_with(given, flags)]) for flags in error.ways]
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        _complain(f"launch.py: {error.sentence}: {commands[0]}")
        return None
    _complain(f"launch.py: {error.sentence}:")
    for number, command in enumerate(commands, 1):
        _complain(f"  {number}  {command}")
    numbers = "-".join(dict.fromkeys(("1", str(len(commands)))))
    print(f"Which one? [{numbers}, Enter for none] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    return error.ways[int(answer) - 1] if answer.isdecimal() and 1 <= int(answer) <= len(commands) else None


def _with(given: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Return arguments with flags after them, and without the same flags before; those that may be repeated stay.

    Example:
        >>> _with(["train", "--sheet", "nope", "--map", "1=neg"], ["--sheet", "2025", "--map", "5=pos"])
        ['train', '--map', '1=neg', '--sheet', '2025', '--map', '5=pos']
    """
    end = given.index("--") if "--" in given else len(given)
    replaced = {flag.partition("=")[0] for flag in flags if flag.startswith("--")} - _REPEATABLE
    kept: list[str] = []
    is_value = False
    for argument in given[:end]:
        if not is_value and argument.partition("=")[0] not in replaced:
            kept.append(argument)
        is_value = not is_value and argument in replaced
    return [*kept, *flags, *given[end:]]


def _complain(sentence: str) -> None:
    with suppress(OSError):  # whoever read has gone, and the exit code still says it
        print(as_typed(sentence), file=sys.stderr, flush=True)


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Return the options: those of the command line, before them the configuration file's, before these the preset's.

    What a launch.toml that lies in the current folder sets is said on standard error.
    """
    top = parser()
    parsed = top.parse_args(given)
    if not getattr(parsed, "is_configurable", False):
        return parsed
    flags = configfile.flags_of(parsed.parser)
    names = list(map(name, COMMANDS))
    document = configfile.load(parsed.config)
    is_found = parsed.config is None and bool(document)
    if is_found:
        document, withheld = configfile.withhold(document, parsed.command)
    config = configfile.arguments(document, parsed.command, flags, names, parsed.aws)
    if is_found:
        _complain(f"launch.py: {configfile.announcement(config, withheld)}")
    tables = parsed.preset(parsed.options.of(parsed)) if parsed.preset else []
    preset = [argument for table in tables for argument in configfile.preset_arguments(table, flags)]
    return top.parse_args([given[0], *preset, *config, *given[1:]])
