"""The configuration file. It holds flags, which are put in front of those of the command line.

Keys are the long flags without their hyphens. Those at the top hold for every command, a table's for the command it
is named after; a list repeats the flag, and a table repeats it as NAME=VALUE.
"""

import argparse
import difflib
import shlex
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from driver import secrets
from driver.errors import DriverError, quote

DEFAULT = Path("launch.toml")
SHARED = ("aws", "region", "profile", "role", "bucket", "account", "endpoint-url", "state", "engine")
"""The keys that are allowed at the top."""

AWS_ALONE = ("profile", "account")
"""Of these, the keys that count with --aws alone: one file serves both platforms."""

WITHHELD = ("aws", "checkpoint-uri", "data", "endpoint-url", "file", "image", "output", "state")
"""Not taken from a launch.toml that happens to lie in the current folder, such as that of a repository just cloned.

They decide whether and where data and credentials go, whose code runs on the data, and which files and objects are
sent, written or deleted.
"""


def load(path: Path | None) -> dict[str, Any]:
    """Return what is in the file, or in launch.toml if that is there. Raises DriverError when it cannot be read."""
    if path is None and not DEFAULT.is_file():
        return {}
    file = path or DEFAULT
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise DriverError(f"cannot read the configuration file {file}: {error.strerror}; check its name") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DriverError(f"{file} is not valid TOML: {error}; correct it") from error


def arguments(
    config: Mapping[str, Any], command: str, flags: Collection[str], commands: Collection[str], is_aws: bool = False
) -> list[str]:
    """Return the command-line arguments that a configuration stands for, for a command that takes `flags`.

    `is_aws` says that --aws was given outside of the file. Raises DriverError for a key that is not a flag, and a value
    that no flag can have.

    Example:
        >>> arguments({"region": "eu-west-1", "train": {"set": {"eta": 1}}}, "train", ["--region", "--set"], ["train"])
        ['--region=eu-west-1', '--set=eta=1']
    """
    shared = {key: value for key, value in config.items() if not isinstance(value, dict)}
    for key in shared:
        _check(key, SHARED, "at the top")
    for key in config.keys() - shared.keys():
        _check(key, commands, "as a table")
    if not (is_aws or shared.get("aws") or config.get(command, {}).get("aws")):
        shared = {key: value for key, value in shared.items() if key not in AWS_ALONE}
    given = [*shared.items(), *config.get(command, {}).items()]
    for key in config.get(command, {}):
        _check(key, [flag.removeprefix("--") for flag in flags], f"in [{command}]")
    return [argument for key, value in given for argument in _arguments(key, value, flags)]


def withhold(config: Mapping[str, Any], command: str) -> tuple[dict[str, Any], list[str]]:
    """Return a found file's configuration without `WITHHELD`, and those of them that it has for `command`.

    Example:
        >>> withhold({"aws": True, "train": {"image": "x", "spot": True}}, "train")
        ({'train': {'spot': True}}, ['aws', 'image'])
    """
    tables = {key: value for key, value in config.items() if isinstance(value, dict)}
    kept = {
        key: {name: item for name, item in value.items() if name not in WITHHELD} if key in tables else value
        for key, value in config.items()
        if key in tables or key not in WITHHELD
    }
    given = (config.keys() - tables.keys()) | tables.get(command, {}).keys()
    return kept, [key for key in WITHHELD if key in given]


def announcement(arguments: Iterable[str], withheld: Collection[str]) -> str:
    """Say what a found launch.toml adds to the command line, and what of it is not taken."""
    added = shlex.join(map(secrets.hide_argument, arguments)).replace("\n", "\\n") or "nothing"
    said = f"{DEFAULT} in this folder adds {added}"
    if not withheld:
        return said
    return (
        f"{said}; it may not set {', '.join(withheld)}, since a file that merely lies here must not decide where data "
        f"go, what code runs or what is overwritten: add --config {DEFAULT} if you trust it, or give the flags"
    )


def preset_arguments(preset: Mapping[str, Any], flags: Collection[str]) -> list[str]:
    """Return the command-line arguments that an image's preset for a command stands for."""
    return [argument for key, value in preset.items() for argument in _arguments(key, value, flags)]


def flags_of(parser: argparse.ArgumentParser) -> list[str]:
    """Return the long flags that a parser knows."""
    return [flag for flag in parser._option_string_actions if flag.startswith("--")]  # argparse offers no other way


def _check(key: str, known: Collection[str], place: str) -> None:
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"choose from {', '.join(sorted(known))}"
        raise DriverError(f"{quote(key)} is not allowed {place} of the configuration: {advice}")


def _arguments(key: str, value: object, flags: Collection[str]) -> Iterator[str]:
    if isinstance(value, bool):
        flag = f"--{key}" if value else f"--no-{key}"
        if flag in flags:
            yield flag
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"--{key}={name}={_text(key, item)}"
    elif isinstance(value, list):
        yield from (f"--{key}={_text(key, item)}" for item in value)
    else:
        yield f"--{key}={_text(key, value)}"


def _text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise DriverError(f"{key} = {quote(value)} in the configuration: expected text, a number, true or false")
