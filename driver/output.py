"""What a command says: lines for people, or one JSON document on standard output for programs (`--json`)."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from driver import secrets
from driver.checkout import as_typed


@dataclass(frozen=True)
class Output:
    """With `as_json` standard output holds the result alone, and what is said on the way goes to standard error."""

    as_json: bool = False

    def say(self, line: str) -> None:
        """Say a line while the work is going on."""
        print(line, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def result(self, value: object, lines: Iterable[str] = ()) -> None:
        """Give the command's result, once: `value` as JSON, or `lines` for people."""
        if self.as_json:
            print(as_json(value), flush=True)
        else:
            for line in lines:
                print(as_typed(line), flush=True)


def as_json(value: object) -> str:
    """Return indented JSON; times as ISO 8601, bytes as text, secrets hidden. boto3's ResponseMetadata is left out."""
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key != "ResponseMetadata"}
    return json.dumps(secrets.hide(value), indent=2, ensure_ascii=False, default=_plain)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return lines with aligned columns.

    Example:
        >>> table(["NAME", "STATUS"], [["web", "InService"]])
        ['NAME  STATUS', 'web   InService']
    """
    lines = [[" ".join(cell.splitlines()) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def as_lines(value: object, depth: int = 0) -> list[str]:
    """Return a document of AWS for people: a line for each value, indented by depth; secrets are hidden.

    Further lines of a text are below its first, deeper than any key, so that they cannot pass for one.

    Example:
        >>> as_lines({"Status": "Failed", "Channels": [{"Name": "train"}]})
        ['Status: Failed', 'Channels:', '  - Name: train']
    """
    margin = "  " * depth
    if isinstance(value, dict):
        lines = []
        for key, item in secrets.hide(value).items():
            nested = isinstance(item, dict | list)
            lines += [f"{margin}{key}:", *as_lines(item, depth + 1)] if nested else _text(f"{margin}{key}: ", item)
        return lines
    if isinstance(value, list):
        parts = [as_lines(item) for item in value]
        return [f"{margin}{'- ' if not number else '  '}{line}" for part in parts for number, line in enumerate(part)]
    return _text(margin, value)


def _text(start: str, value: object) -> list[str]:
    first, *rest = str(_plain(value)).split("\n")
    return [f"{start}{first}", *(f"{' ' * len(start)}{line}" for line in rest)]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
