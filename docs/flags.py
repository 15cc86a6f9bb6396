"""The tables of launch.py's flags, made from its own parsers, so that the page cannot name one that is not there."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from driver import cli
from driver.commandline.flags import add_dry_run, add_target

_LIKE: Mapping[str, str] = MappingProxyType({"tune": "train", "rehearse-spot": "train", "update": "deploy"})
"""Commands with all flags of another, whose own table leaves these out."""


def tables() -> Mapping[str, Callable[[], str]]:
    """Return the table of each command with flags of its own, and that of the flags they share, by name."""
    own = {f"launch.py {name}": partial(_own, name) for name in commands()}
    return {**own, "launch.py where": _where}


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of all commands that work on AWS as in the emulator."""
    top = cli.parser()
    found = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    return {name: parser for name, parser in found.choices.items() if parser.get_default("is_configurable")}


def flags() -> set[str]:
    """Return every long flag of every command, those of `local up` and its like too."""
    return {flag for parser in _all(cli.parser()) for flag in parser._option_string_actions if flag.startswith("--")}


def _all(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _all(below)


def _own(name: str) -> str:
    parsers = commands()
    parser = parsers[name]
    shared = {action.dest for action in _shared()._actions}
    if name in _LIKE:
        shared |= {action.dest for action in parsers[_LIKE[name]]._actions}
    return _markdown(parser, [action for action in parser._actions if action.dest not in shared])


def _where() -> str:
    parser = _shared()
    return _markdown(parser, [action for action in parser._actions if action.dest != "help"])


def _shared() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="launch.py")
    add_target(parser)
    add_dry_run(parser)
    return parser


def _markdown(parser: argparse.ArgumentParser, actions: list[argparse.Action]) -> str:
    lines = ["| argument | meaning |", "|---|---|"]
    for action in actions:
        name = ", ".join(action.option_strings) or str(action.metavar)
        value = f" {action.metavar or _choices(action)}" if action.option_strings and action.nargs != 0 else ""
        text = (action.help or "") % {**vars(action), "prog": parser.prog}
        lines.append(f"| `{name}{value.replace('|', chr(92) + '|')}` | {text} |")
    return "\n".join(lines) + "\n"


def _choices(action: argparse.Action) -> str:
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
