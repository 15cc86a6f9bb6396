"""From a path to records that can be used: columns, roles, labels, and all that is wrong, at once."""

from __future__ import annotations

import importlib
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from driver.errors import ChoiceError, DriverError, quote, several
from driver.tables import columns, labels, reading, roles
from driver.tables.columns import Column
from driver.tables.labels import Takes
from driver.tables.roles import Roles
from driver.tables.table import Choices, Problem, Table

MOST_NAMED = 20
"""Bad rows that an error names."""

LARGEST_RECORD = 2 * 2**20
"""Bytes of a record that the images read."""

_PLACED = 3  # labels of one record whose position is said
_LIST = re.compile(r"""\[["'].*["']\]|\[\d+(, *\d+)+\]""", re.DOTALL)  # as JSON or Python writes it
_COMPARED = 1000  # records of a file by which the images tell a header


class Record(NamedTuple):
    """A text with its label, and where it was."""

    label: str
    text: str
    position: str


@dataclass(kw_only=True)
class Checked:
    """A table and what was found in it. `given` counts its own labels; `refusal` is why it cannot be used, if so."""

    path: Path
    table: Table
    facts: list[Column]
    roles: Roles | None = None
    given: Counter[str] = field(default_factory=Counter)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    dropped: int = 0
    is_renamed: bool = False
    refusal: DriverError | None = None

    @property
    def counts(self) -> Counter[str]:
        """How many records each label has."""
        return labels.ordered(record.label for record in self.records)

    def demand(self, skip_bad: bool = False) -> None:
        """Raise the refusal, or an error that names the bad rows unless they may be skipped."""
        if self.refusal:
            raise self.refusal
        if self.problems and not skip_bad:
            raise skippable(listing(self))


def check(path: Path, choices: Choices, takes: Takes | None = None) -> Checked:
    """Look at the whole of a file or folder. Raises DriverError only for what cannot be read at all."""
    table = reading.read(path, choices)
    checked = Checked(path=path, table=table, facts=columns.describe(table.frame), problems=list(table.problems))
    try:
        if not table.positions:
            raise DriverError(f"{path} has no rows that can be read: {_first(table.problems)}")
        checked.roles = roles.choose(table.name, checked.facts, table.is_named, choices)
        _fill(checked, checked.roles, choices)
        if not checked.records:
            raise DriverError(f"{path} has no records left: {_first(checked.problems)}")
        _check_arrangement(checked.records, checked.roles, not table.is_named and choices.header is None)
        if takes:
            labels.check(table.name, checked.counts, takes)
            labels.check_meanings(((record.label, record.position) for record in checked.records), takes)
    except DriverError as refusal:
        checked.refusal = refusal
    return checked


def key(text: str) -> str:
    """Return what two texts have in common that are the same to a reader."""
    return " ".join(text.split()).casefold()


def heading(checked: Checked) -> str:
    """Say how many rows cannot be used."""
    return f"{checked.path} has {several(len(checked.problems), 'row')} that cannot be used"


def listing(checked: Checked, most: int = MOST_NAMED) -> str:
    """Return a heading and a line for each bad row, up to a limit."""
    lines = [f"{heading(checked)}:"]
    lines += [f"  {problem.position}: {problem.reason}" for problem in checked.problems[:most]]
    more = len(checked.problems) - most
    return "\n".join([*lines, f"  and {more:,} more"] if more > 0 else lines)


def skippable(sentence: str) -> ChoiceError:
    """Return the error of rows that cannot be used, which may be left out."""
    return ChoiceError(f"{sentence}\ncorrect them, or leave them out", [["--skip-bad"]])


def _fill(checked: Checked, chosen: Roles, choices: Choices) -> None:
    frame = checked.table.frame
    texts = list(frame[chosen.text])
    given = [label.strip() for label in frame[chosen.label]] if chosen.label is not None else [""] * len(texts)
    plain = labels.whole(given)
    checked.given = Counter(label for label in plain if label)
    renamed = labels.rename(checked.given, choices.map, choices.drop)
    checked.is_renamed = plain != given or any(old != new for old, new in renamed.items())
    bad = []
    merged = _merged(plain) if checked.table.found["format"].startswith("Excel") else ""
    for label, text, position in zip(plain, texts, checked.table.positions, strict=True):
        reason = _reason(label, text)
        if reason:
            bad.append(Problem(position, reason if label else reason + merged))
            merged = merged if label else ""
        elif (new := renamed[label]) is None:
            checked.dropped += 1
        else:
            checked.records.append(Record(new, text, position))
    checked.problems = sorted([*checked.problems, *bad], key=lambda problem: _order(problem.position))
    checked.warnings += _repetitions(checked.records)
    if once := {label for label, count in checked.counts.items() if count == 1}:
        alone = [record for record in checked.records if record.label in once]
        named = ", ".join(f"{labels.unquoted(one.label)} ({one.position})" for one in alone[:_PLACED])
        more = f" and {len(alone) - _PLACED:,} more" if len(alone) > _PLACED else ""
        checked.warnings.append(f"labels with only one record, too few to learn from: {named}{more}")


def _check_arrangement(records: Sequence[Record], chosen: Roles, may_have_header: bool) -> None:
    """Raise ChoiceError when the images would refuse swapped columns, or mistake a first record for a header."""
    for _, of_file in itertools.groupby(records, lambda record: record.position.rpartition(" ")[0]):
        head = list(itertools.islice(of_file, _COMPARED))
        first = f"label {quote(head[0].label)} and text {quote(head[0].text)}, and the images would refuse"
        if chosen.label and _is_refused(head, may_have_header=False):
            raise ChoiceError(
                f"{head[0].position} has label and text swapped, {first} such records: exchange them",
                [[*labels.flag("--text", chosen.label), *labels.flag("--label", chosen.text)]],
            )
        if may_have_header and _is_refused(head, may_have_header=True):
            raise ChoiceError(
                f"{head[0].position} may be a header or a record, {first} it: say which",
                [["--header", "present"], ["--header", "absent"]],
            )


def _is_refused(records: Sequence[Record], may_have_header: bool) -> bool:
    try:  # the images' own comparison; the driver's wheel alone comes without their library
        arrangement = importlib.import_module("smcontract.training.arrangement")
    except ImportError:
        return False
    try:
        arrangement.check(records, may_have_header=may_have_header)
    except Exception as error:
        if getattr(error, "exit_code", None) != 1:  # no refusal
            raise
        return True
    return False


def _merged(given: Sequence[str]) -> str:
    """Return a hint for the first of many labels that are missing below others, as under merged cells."""
    is_likely = given[0] and 3 * sum(not label for label in given) >= len(given)
    return " (merged cells hold their value in the first row only: unmerge and fill them)" if is_likely else ""


def _reason(label: str, text: str) -> str | None:
    if not text.strip():
        return "the text is empty" if label else "text and label are empty"
    if not label:
        return "the label is missing"
    if _LIST.fullmatch(label):
        return "the label is a list: give each record one label"
    if "\0" in text or "\0" in label:
        return "a NUL character: is this a text?"
    if len(text) > LARGEST_RECORD / 4 and len(text.encode("utf-8", "replace")) > LARGEST_RECORD:
        return f"the text has more than {LARGEST_RECORD // 2**20} MiB: a quote that is never closed?"
    return None


def _repetitions(records: Sequence[Record]) -> list[str]:
    first: dict[str, Record] = {}
    repeated, conflicts = 0, []
    for record in records:
        earlier = first.setdefault(key(record.text), record)
        if earlier is not record:
            repeated += 1
            if earlier.label != record.label:
                conflicts.append(
                    " and ".join(f"{one.position} ({labels.unquoted(one.label)})" for one in (earlier, record))
                )
    found = [f"texts that repeat an earlier one: {repeated:,}"] if repeated else []
    if conflicts:
        found.append(f"of these with another label: {len(conflicts):,}, such as {'; '.join(conflicts[:3])}")
    return found


def _order(position: str) -> tuple[str, int]:
    start, _, number = position.rpartition(" ")
    return (start, int(number)) if number.isdecimal() else (position, 0)


def _first(problems: Sequence[Problem]) -> str:
    return (
        f"{problems[0].position}: {problems[0].reason}" if problems else "export it again, and look at it in an editor"
    )
