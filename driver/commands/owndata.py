"""`data check` and `data import`: a file of one's own texts, looked at and turned into channels."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from driver import images
from driver.commandline import tableflags
from driver.commandline.flags import OutputOptions, add_json, set_run
from driver.errors import DriverError, several, typed
from driver.output import Output
from driver.tables import checking, comparing, folders, preparing, report, splitting, writing
from driver.tables.checking import Checked
from driver.tables.labels import Takes
from driver.tables.table import Choices

CHECK = """\
Looks at the whole of a file or folder, and says what it found: form, columns, labels, lengths, repeated texts, and all
rows that cannot be used. Reads CSV with any delimiter and encoding, Excel, JSON, JSON Lines, Parquet, and text files in
a folder for each label; gzip too. The exit code is 0 if `train` can use it.

  ./launch.py data check reviews.csv
  ./launch.py data check train.xlsx test.xlsx --for xgboost-sentiment"""

IMPORT = """\
Writes a folder for each channel from a file: CSV of label and text without a header, or JSON Lines if a text has
newlines. The folder is complete or absent. A folder with train/ and test/ keeps its parts.

  ./launch.py data import reviews.csv --to reviews
  ./launch.py data import stars.xlsx --to stars --map "1,2=neg 4,5=pos" --drop 3 --split 0.8/0.1/0.1 --stratify"""

_MOST = 20


@dataclass(frozen=True, kw_only=True)
class _CheckOptions(tableflags.TableOptions, OutputOptions):
    paths: Sequence[Path]
    image: str | None
    limit: int


@dataclass(frozen=True, kw_only=True)
class _ImportOptions(tableflags.TableOptions, OutputOptions):
    path: Path
    to: Path
    image: str | None
    split: str | None
    stratify: bool
    seed: int | None


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both parsers."""
    check = actions.add_parser("check", help="look at a file of your own, and say all that is wrong with it",
                               description=CHECK, allow_abbrev=False,
                               formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    check.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, or folder")
    check.add_argument("--limit", type=int, default=_MOST, metavar="N", help="bad rows to show (default: %(default)s)")
    set_run(check, _check, _CheckOptions)
    make = actions.add_parser("import", help="turn a file of your own into channels", description=IMPORT,
                              allow_abbrev=False,
                              formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    make.add_argument("path", type=Path, metavar="PATH", help="file, or folder")
    make.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder to create")
    make.add_argument("--split", metavar="TRAIN/VALIDATION/TEST",
                      help="parts of the channels, such as 0.8/0.1/0.1; the same text is never in two")  # fmt: skip
    make.add_argument("--stratify", action="store_true", help="with --split: the same parts of each label")
    make.add_argument("--seed", type=int, metavar="N",
                      help="with --split: another seed, other parts (default: 0)")  # fmt: skip
    set_run(make, _import, _ImportOptions)
    for parser in (check, make):
        parser.add_argument("--for", dest="image", metavar="IMAGE",
                            help="image to train, whose labels and form are then kept to")  # fmt: skip
        tableflags.add(parser, "What the file does not say itself; what is not certain is asked for.")
        add_json(parser)


def _check(options: _CheckOptions) -> int:
    output = Output(options.json)
    takes = _takes(options.image)
    tables: dict[str, Checked] = {}
    for path in options.paths:
        parts = folders.find_channels(path) or {str(path): path}
        tables |= {
            name if name not in tables else str(part): checking.check(part, options.choices, takes)
            for name, part in parts.items()
        }
    leaks = comparing.leaks(tables)
    lines = [line for found in tables.values() for line in report.lines(found, options.limit)]
    refusal = _find_refusal(tables, takes, options.choices)
    if not refusal:
        first = next(iter(tables.values()))
        command = f"./launch.py data import {_import_arguments(options.paths[0], Path('FOLDER'), options, first)}"
        lines.append(f"good to train with; to import it: {command}")
    documents = [report.document(found, options.limit) for found in tables.values()]
    output.result({"refusal": str(refusal) if refusal else None, "tables": documents, "leaks": leaks},
                  [*lines, *(f"warning: {leak}" for leak in leaks)])  # fmt: skip
    if refusal:
        raise refusal
    return 0


def _find_refusal(tables: dict[str, Checked], takes: Takes | None, choices: Choices) -> DriverError | None:
    """Return why `train` would not take the tables; the report names the bad rows themselves."""
    try:
        comparing.demand(tables.values(), replace(choices, skip_bad=True))
        comparing.compare(tables, takes)
    except DriverError as error:
        return error
    bad = next((found for found in tables.values() if found.problems), None)
    return checking.skippable(checking.heading(bad)) if bad and not choices.skip_bad else None


def _import(options: _ImportOptions) -> int:
    output = Output(options.json)
    takes = _takes(options.image)
    parts = folders.find_channels(options.path) or {"train": options.path}
    if options.split and len(parts) > 1:
        raise DriverError(f"{options.path} already has the parts {', '.join(sorted(parts))}: leave out --split")
    shares = splitting.parse(options.split) if options.split else {}
    if not shares and (options.stratify or options.seed is not None):
        flag = "--stratify" if options.stratify else "--seed"
        raise DriverError(f"{flag} says how to part the records: add --split, such as --split 0.8/0.1/0.1")
    tables = {
        name: checking.check(path, options.choices, takes)
        for name, path in sorted(parts.items(), key=lambda part: list(folders.CHANNELS.values()).index(part[0]))
    }
    comparing.demand(tables.values(), options.choices)
    train = tables["train"]
    records = {name: found.records for name, found in tables.items()}
    if shares:
        records = splitting.split(train.records, shares, options.seed or 0, options.stratify)
    command = f"./launch.py data import {_import_arguments(options.path, options.to, options, train)}"
    note: dict[str, Any] = {
        "source": str(options.path),
        "command": command,
        "records": {name: len(found) for name, found in records.items()},
        "labels": dict(train.counts),
    }
    form = takes.form if takes else "labelled"
    files = writing.write_folder(records, options.to, preparing.stem(options.path), form, note)
    lines = [line for found in tables.values() for line in _summary(found, options.skip_bad)]
    lines += [
        f"{several(len(found), 'record'):>18} in {file}" for found, file in zip(records.values(), files, strict=True)
    ]
    channels = " ".join(f"--{name} {shlex.quote(typed(options.to / name))}" for name in records)
    lines += [f"to do this again: {command}", f"next: ./launch.py train {options.image or 'IMAGE'} {channels}"]
    output.result({**note, "folder": str(options.to), "files": [str(file) for file in files]},
                  [*lines, *(f"warning: {leak}" for leak in comparing.leaks(tables))])  # fmt: skip
    return 0


def _summary(found: Checked, skip_bad: bool) -> list[str]:
    roles = found.roles
    lines = [f"{found.path} is {report.form(found)}"]
    lines += [f"text: {roles.text}, label: {roles.label} ({roles.reason})"] if roles else []
    lines += [report.size(found), *found.table.notes, *(f"warning: {warning}" for warning in found.warnings)]
    return lines + (checking.listing(found).split("\n") if found.problems and skip_bad else [])


def _import_arguments(path: Path, to: Path, options: _CheckOptions | _ImportOptions, found: Checked) -> str:
    arguments = [shlex.join([typed(path), "--to", typed(to)]), report.flags(found, options.choices)]
    if options.image:
        arguments.append(shlex.join(["--for", options.image]))
    if isinstance(options, _ImportOptions) and options.split:
        arguments.append(shlex.join(["--split", options.split, "--seed", str(options.seed or 0)]))
        arguments += ["--stratify"] if options.stratify else []
    return " ".join(part for part in arguments if part)


def _takes(name: str | None) -> Takes | None:
    if name is None:
        return None
    takes = images.find(name).takes()
    if takes is None:
        raise DriverError(f"{name} takes no labelled texts, so --for has no effect: leave it out")
    return takes
