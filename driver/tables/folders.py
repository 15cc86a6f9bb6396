"""Folders: a folder for each label with a text in each file, files of one table, and folders of several channels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from driver.errors import DriverError
from driver.requests import channels
from driver.tables.decoding import content, decode, refuse_others
from driver.tables.table import LABELLED, Choices, Problem, Table

CHANNELS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders and files by which people part their data, and the channels that they mean."""

_TEXT = ".txt"
_TABLES = frozenset({
    ".csv", ".tsv", ".tab", ".json", ".jsonl", ".jsonlines", ".ndjson", ".xlsx", ".xlsm", ".parquet",
})  # fmt: skip
"""Endings by which a file beside folders of texts is a table."""
_ABOUT = re.compile(r"(readme|licen[cs]e|copying|changelog)(\.(txt|html))?|.*\.(md|rst)", re.I)
_MOST_NAMED = 3
_UNLABELLED = frozenset({"unsup", "unlabeled", "unlabelled"})


def find_channels(path: Path, at_least: int = 2) -> dict[str, Path]:
    """Return the channels below a folder by name: its folders or files called train, test... None without train, or
    with fewer than `at_least`."""
    if not path.is_dir():
        return {}
    found: dict[str, Path] = {}
    for entry in sorted(path.iterdir()):
        stem = entry.name if entry.is_dir() else entry.name.partition(".")[0]
        if channel := CHANNELS.get(stem.lower()):
            found.setdefault(channel, entry)
    return found if "train" in found and len(found) >= at_least else {}


def read(path: Path, choices: Choices, read_file: Callable[[Path, str, Choices], Table]) -> Table:
    """Return the table of all files below a folder; `read_file` is given a path, and its name below the folder.

    Raises DriverError when they have different columns.
    """
    files = channels.files(path, "the data")
    labelled = {name: file for name, file in files.items() if file.suffix == _TEXT and file.parent != path}
    if labelled and len({file.parent for file in labelled.values()}) > 1:
        return _by_label(path, labelled, choices, others=[name for name in files if name not in labelled])
    about = [name for name, file in files.items() if _ABOUT.fullmatch(file.name)]
    if len(about) < len(files):
        files = {name: file for name, file in files.items() if name not in about}
    tables = [read_file(file, name, choices) for name, file in files.items()]
    first = tables[0]
    for table in tables[1:]:
        if table.columns != first.columns:
            raise DriverError(
                f"{path}: the files have different columns, {first.name} has {', '.join(first.columns)} and "
                f"{table.name} has {', '.join(table.columns)}: give files of the same columns, or one of them alone"
            )
    table = first if len(tables) == 1 else _joined(path, tables)
    if left := [name for name in about if name not in files]:
        table.notes += _left_out(left)
        table.form = None  # an image would read them, too
    return table


def _joined(path: Path, tables: Sequence[Table]) -> Table:
    import pandas

    first = tables[0]
    first_form = first.found["format"]
    return Table(
        name=str(path),
        frame=pandas.concat([table.frame for table in tables], ignore_index=True),
        positions=[position for table in tables for position in table.positions],
        found={"files": str(len(tables)), **first.found},
        problems=[problem for table in tables for problem in table.problems],
        notes=[note for table in tables for note in table.notes],
        is_named=first.is_named,
        form=LABELLED
        if {(table.form, table.found["format"]) for table in tables} == {(LABELLED, first_form)}
        else None,
    )


def _by_label(path: Path, files: dict[str, Path], choices: Choices, others: Sequence[str]) -> Table:
    import pandas

    _check_labels(path, files, others)
    rows, problems, positions, skipped = [], [], [], 0
    for name, file in files.items():
        if file.parent.name in _UNLABELLED:
            skipped += 1
            continue
        if not file.stat().st_size:
            problems.append(Problem(name, "the file is empty"))
            continue
        data, _ = content(file)
        refuse_others(data, file)
        text, _ = decode(data, file, choices.encoding)
        rows.append((file.parent.name, text))
        positions.append(name)
    notes = _left_out(others)
    notes += [f"left out: {skipped:,} texts without a label"] if skipped else []
    frame = pandas.DataFrame(rows, columns=["label", "text"], dtype=object)
    found = {"format": "a folder for each label", "files": f"{len(rows):,}"}
    return Table(name=str(path), frame=frame, positions=positions, found=found, problems=problems, notes=notes)


def _check_labels(path: Path, files: dict[str, Path], others: Sequence[str]) -> None:
    """Raise DriverError where tables are beside the folders of labels, or one of these folders is below another."""
    folders = sorted({file.parent for file in files.values()})
    tables = [name for name in others if _TABLES & set(Path(name.lower()).suffixes)]
    if tables:
        raise DriverError(
            f"{path} has folders of texts, {_some([str(folder.relative_to(path)) for folder in folders])}, and tables, "
            f"{_some(tables)}: give one of the tables, or move them elsewhere and give the folder"
        )
    above = {folder.parent: folder for folder in folders}
    if len(above) > 1:
        first, second = list(above.values())[:2]
        raise DriverError(
            f"{path} has texts in {first.relative_to(path)} and {second.relative_to(path)}, so it cannot be told which "
            "folders are labels: put the folders of all labels beside each other, and nothing but texts in them"
        )


def _left_out(names: Sequence[str]) -> list[str]:
    return [f"left out: {_some(names)}"] if names else []


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
