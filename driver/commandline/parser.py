"""argparse with positional arguments and flags in any order: `invoke reviews --json "a text"` is what people write."""

import argparse
from collections.abc import Sequence
from typing import Any

from driver.checkout import as_typed


class Parser(argparse.ArgumentParser):
    """A parser of one command. One that has commands below it parses as argparse does."""

    _is_intermixed = False

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Parse positional arguments wherever they stand. argparse itself lets flags part those that are optional."""
        if self._subparsers or self._is_intermixed:
            return super().parse_known_args(args, namespace)
        self._is_intermixed = True  # parsing so calls this method again
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixed = False

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help, usage or an error: argparse prints everything through this."""
        super()._print_message(as_typed(message), file)
