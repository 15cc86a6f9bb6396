"""Rows of a local table whose texts are sent as JSON Lines, a record each, which no newline and no quote can part."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from driver.errors import DriverError
from driver.requests import channels
from driver.tables import checking, columns, preparing, reading, roles
from driver.tables.checking import Checked
from driver.tables.table import Choices, Table

_AS_THEY_ARE = frozenset({".libsvm", ".npy", ".svm", ".txt"})
_JSON_LINES = frozenset({".jsonl", ".jsonlines", ".ndjson"})
_KEYS = frozenset({"features", "source", "text"})
"""Keys by which the images find what to score in a JSON record."""


class Rows(NamedTuple):
    """A table, and the column of the texts in it."""

    table: Table
    text: str

    def column(self, name: str, flag: str) -> list[str]:
        """Return the cells of a column, named by name or number. Raises DriverError when there is none."""
        return list(self.table.frame[roles.given(columns.describe(self.table.frame), flag, name)])

    def write(self, folder: Path, key: str) -> Path:
        """Write the texts as JSON Lines of objects with the one key; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{preparing.stem(Path(self.table.name))}.jsonl"
        with path.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(json.dumps({key: text}, ensure_ascii=False) + "\n" for text in self.table.frame[self.text])
        return path


def find(path: Path, choices: Choices, is_wanted: bool, say: Callable[[str], None]) -> Rows | None:
    """Return the rows of a file or folder; None for what the endpoint takes as it is, unless rows are wanted.

    Raises DriverError for rows that cannot be read, ChoiceError where the user must decide.
    """
    files = list(channels.files(path, "DATA").values())
    if not is_wanted:
        if all(map(_is_body, files)):
            return None
        if sum(file.stat().st_size for file in files) > preparing.LARGEST:
            say(f"{path} has more than {preparing.LARGEST // 10**6} MB, so it is sent as it is, without a check")
            return None
    table = read(path, choices)
    if not is_wanted and _is_lines(table, files):
        return None
    facts = columns.describe(table.frame)
    checked = Checked(path=path, table=table, facts=facts, problems=table.problems)
    checked.demand(choices.skip_bad)
    if not table.positions:
        raise DriverError(f"{path} has no rows that can be read: give a file with at least one text")
    if table.problems:
        say(f"left out: {checking.listing(checked)}")
    if table.is_named and not choices.text and all(_is_numeric(table, name) for name in table.columns):
        raise DriverError(
            f"{path} has numbers below a header, and a transform takes numbers without one: remove its first line, or "
            "name the column of the texts with --text"
        )
    return Rows(table, roles.choose(table.name, facts, table.is_named, choices, needs_label=False).text)


def read(path: Path, choices: Choices) -> Table:
    """Read a table; CSV in which no delimiter is found may still have one column, with a header and quotes."""
    table = reading.read(path, choices)
    has_none = table.found["format"].startswith("text") and choices.delimiter is None
    if has_none and all(file.suffix.lower() == ".csv" for file in channels.files(path, "DATA").values()):
        column = reading.read(path, replace(choices, delimiter=","))
        return table if column.problems or len(column.columns) > 1 else column
    return table


def say_places(positions: Sequence[str], most: int = 10) -> str:
    """Return where rows are, as people say it.

    Example:
        >>> say_places(["a.csv line 6", "a.csv line 10"]), say_places(["a.csv line 6", "b.csv line 2"])
        ('lines 6, 10', 'a.csv line 6, b.csv line 2')
    """
    starts = {position.rpartition(" ")[0] for position in positions}
    shown = list(positions[:most])
    if len(starts) == 1 and (unit := starts.pop().rpartition(" ")[2]):
        shown = [position.rpartition(" ")[2] for position in shown]
        shown[0] = f"{unit}{'s' if positions[1:] else ''} {shown[0]}"
    more = len(positions) - most
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _is_body(path: Path) -> bool:
    """Whether a file is by its ending, or the beginning of its JSON, what an endpoint takes."""
    ending = path.suffix.lower()
    if ending in _AS_THEY_ARE:
        return True
    if ending not in _JSON_LINES and ending != ".json":
        return False
    try:
        with path.open(encoding="utf-8-sig") as file:
            if ending == ".json":
                return isinstance(document := json.load(file), dict) and bool({"instances", *_KEYS} & document.keys())
            first = json.loads(next(itertools.dropwhile(str.isspace, file), "0"))
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror}; check the file and its permissions") from error
    except (ValueError, RecursionError):  # the reader of tables says what is wrong
        return False
    return not isinstance(first, dict) or bool(_KEYS & first.keys())


def _is_lines(table: Table, files: Sequence[Path]) -> bool:
    """Whether all are CSV of one column of texts without a newline, or of numbers, without a header."""
    if table.is_named or table.problems or any(file.suffix.lower() != ".csv" for file in files):
        return False
    if table.found.get("encoding") not in ("UTF-8", "UTF-8 with a byte order mark"):
        return False
    if all(_is_numeric(table, name) for name in table.columns):
        return True
    special = "\r\n" if "delimiter" in table.found else '\r\n,"'
    return len(table.columns) == 1 and not any(set(special) & set(cell) for cell in table.frame[table.columns[0]])


def _is_numeric(table: Table, name: str) -> bool:
    return all(columns.is_number(cell) or not cell.strip() for cell in table.frame[name])
