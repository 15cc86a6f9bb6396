"""What was found in a table: lines for people, or one document."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from driver.errors import quote, several
from driver.output import table
from driver.tables import checking, labels
from driver.tables.checking import Checked
from driver.tables.table import Choices

_EXAMPLE = 40  # characters


def document(checked: Checked, most: int) -> dict[str, Any]:
    """Return the findings as JSON has them, with up to `most` bad rows."""
    lengths = [len(record.text) for record in checked.records]
    return {
        "path": str(checked.path),
        "found": checked.table.found,
        "rows": len(checked.table.positions) + len(checked.table.problems),
        "columns": [
            {**vars(one), "words": round(one.words, 1), "examples": [text[:_EXAMPLE] for text in one.examples]}
            for one in checked.facts
        ],
        "text": checked.roles.text if checked.roles else None,
        "label": checked.roles.label if checked.roles else None,
        "records": len(checked.records),
        "dropped": checked.dropped,
        "labels": dict(checked.counts),
        "characters": {"shortest": min(lengths), "mean": round(sum(lengths) / len(lengths)), "longest": max(lengths)}
        if lengths else {},
        "bad_rows": len(checked.problems),
        "problems": [problem._asdict() for problem in checked.problems[:most]],
        "notes": checked.table.notes,
        "warnings": checked.warnings,
        "refusal": str(checked.refusal) if checked.refusal else None,
    }  # fmt: skip


def lines(checked: Checked, most: int) -> list[str]:
    """Return the findings for people, with up to `most` bad rows."""
    told = [f"{checked.path}: {form(checked)}"]
    told += [f"  {note}" for note in checked.table.notes]
    rows = [
        [f"  {one.name}", one.kind, f"{one.filled:,}", f"{one.distinct:,}", f"{one.words:.1f}", _examples(one.examples)]
        for one in checked.facts
    ]
    told += table(["  COLUMN", "KIND", "FILLED", "DIFFERENT", "WORDS", "EXAMPLES"], rows) if rows else []
    if checked.roles:
        told.append(f"  text: {checked.roles.text}, label: {checked.roles.label} ({checked.roles.reason})")
    if checked.records:
        lengths = sorted(len(record.text) for record in checked.records)
        told.append(f"  {size(checked)}")
        span = " to ".join(dict.fromkeys(f"{length:,}" for length in (lengths[0], lengths[-1])))
        median = lengths[len(lengths) // 2]
        told.append(f"  a text has {span} characters, half have {median:,} or less")
    told += [f"  warning: {warning}" for warning in checked.warnings]
    return told + (checking.listing(checked, most).split("\n") if checked.problems else [])


def form(checked: Checked) -> str:
    """Say what form a file has."""
    found = dict(checked.table.found)
    return ", ".join([found.pop("format"), *(f"{what} {value}" for what, value in found.items())])


def size(checked: Checked) -> str:
    """Say how many records there are, and of which labels."""
    counts = checked.counts
    named = ", ".join(f"{count:,} {labels.unquoted(label)}" for label, count in list(counts.items())[:12])
    more = f" and {several(len(counts) - 12, 'label')} more" if len(counts) > 12 else ""
    dropped = f" ({checked.dropped:,} dropped)" if checked.dropped else ""
    return f"{several(len(checked.records), 'record')}{dropped}: {named}{more}"


def flags(checked: Checked, choices: Choices) -> str:
    """Return the flags by which the same is read again, without anything left to be found out."""
    given: list[str] = []
    roles = checked.roles
    for flag, value in (
        ("--text", roles.text if roles else choices.text), ("--label", roles.label if roles else choices.label),
        ("--header", choices.header), ("--delimiter", choices.delimiter), ("--encoding", choices.encoding),
        ("--sheet", choices.sheet),
    ):  # fmt: skip
        given += labels.flag(flag, value) if value is not None else []
    for flag, values in (("--map", choices.map), ("--drop", choices.drop)):
        given += [part for value in values for part in labels.flag(flag, value)]
    return shlex.join([*given, *(["--skip-bad"] if choices.skip_bad else [])])


def _examples(examples: Sequence[str]) -> str:
    return " | ".join(quote(text, _EXAMPLE)[1:].removesuffix('"') for text in examples)[: 2 * _EXAMPLE]
