"""Flags that say what a file of one's own texts holds, where it does not say so itself."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from driver.commandline.flags import Options
from driver.tables.table import Choices

JOBS = """\
For local files of labelled texts, which are checked, and imported where the image would not read them as they are."""
"""When the flags matter to a job."""


@dataclass(frozen=True, kw_only=True)
class TableOptions(Options):
    """The values of `add`."""

    text: str | None = None
    label: str | None = None
    map: Sequence[str] = ()
    drop: Sequence[str] = ()
    skip_bad: bool = False
    header: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None

    @property
    def choices(self) -> Choices:
        """What the user says of a table."""
        return Choices(
            text=self.text, label=self.label, map=self.map, drop=self.drop, skip_bad=self.skip_bad,
            header=self.header, delimiter=self.delimiter, encoding=self.encoding, sheet=self.sheet,
        )  # fmt: skip


def add(command: argparse.ArgumentParser, about: str) -> None:
    """Add them as a group; `about` says when they matter."""
    group = command.add_argument_group("your own data", about)
    group.add_argument("--text", metavar="COLUMN", help="column of the texts: its name, or its number from 1")
    group.add_argument("--label", metavar="COLUMN", help="column of the labels: its name, or its number from 1")
    group.add_argument("--map", action="append", default=[], metavar="OLD,OLD=NEW",
                       help='rename labels, for example "1,2=neg 4,5=pos"; repeatable')  # fmt: skip
    group.add_argument("--drop", action="append", default=[], metavar="LABEL,LABEL",
                       help="leave out the records with these labels; repeatable")  # fmt: skip
    add_form(group)


def add_form(group: argparse._ArgumentGroup) -> None:
    """Add what says how a file is read."""
    group.add_argument(
        "--skip-bad", action="store_true", help="leave out rows that cannot be used, instead of refusing the file"
    )
    group.add_argument(
        "--header", choices=["present", "absent"], help="whether the first row names the columns (default: found out)"
    )
    group.add_argument(
        "--delimiter", metavar="CHARACTER", help="what separates the fields of CSV, or tab (default: found out)"
    )
    group.add_argument("--encoding", metavar="NAME", help="encoding of the file, such as cp1252 (default: found out)")
    group.add_argument("--sheet", metavar="NAME", help="sheet of an Excel workbook (default: the only one with rows)")
