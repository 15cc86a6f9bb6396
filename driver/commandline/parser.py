"""argparse with positional arguments and flags in any order: `invoke reviews --json "a text"` is what people write."""

import argparse
import itertools
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from driver.checkout import as_typed
from driver.errors import USAGE, DriverError


class Parser(argparse.ArgumentParser):
    """A parser of one command. One that has commands below it parses as argparse does."""

    _is_intermixed = False
    _given: Sequence[str] = ()

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Parse positional arguments wherever they stand. argparse itself lets flags part those that are optional."""
        if self._subparsers or self._is_intermixed:
            return super().parse_known_args(args, namespace)
        self._given = args or ()
        self._is_intermixed = True  # parsing so calls this method again
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixed = False

    def error(self, message: str) -> NoReturn:
        """End with the message. It says how a value that begins with - is given, where that is what is wrong."""
        for flag, value in itertools.pairwise(self._given):
            is_value = value.startswith("-") and value.partition("=")[0] not in self._option_string_actions
            if is_value and message == f"argument {flag}: expected one argument":
                message += f"; {value} begins with -, so it takes an equals sign: {flag}={shlex.quote(value)}"
        super().error(message)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Refuse an empty path or address, as from a variable that is not set: to Python it is the current folder."""
        if not arg_string.strip() and (action.type is Path or action.metavar in ("DATA", "URI")):
            flag = action.option_strings[0] if action.option_strings else str(action.metavar)
            form = "a file or folder" if action.type is Path else "a file, a folder or an s3:// URI"
            raise DriverError(f"{flag} is empty: name {form}", USAGE)
        return super()._get_value(action, arg_string)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help, usage or an error: argparse prints everything through this."""
        super()._print_message(as_typed(message), file)
