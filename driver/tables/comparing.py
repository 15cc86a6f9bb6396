"""Several tables at once, as the channels of a job: the same labels, and no text in two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from driver.errors import ChoiceError, DriverError
from driver.tables import labels
from driver.tables.checking import Checked, key
from driver.tables.labels import Takes
from driver.tables.table import Choices


def demand(checked: Iterable[Checked], choices: Choices) -> None:
    """Raise an error unless every table can be used, and the labels to be renamed or dropped are in one of them."""
    tables = list(checked)
    given = list(dict.fromkeys(label for found in tables for label in found.given))
    if given:
        labels.check_flags(given, choices.map, choices.drop)
    for found in tables:
        found.demand(choices.skip_bad)


def leaks(checked: Mapping[str, Checked]) -> list[str]:
    """Say which texts of the channel train, or else of the first table, are also in the others."""
    train, others = _parted(checked)
    known = {key(record.text) for record in train.records}
    counts = {name: sum(key(record.text) in known for record in other.records) for name, other in others.items()}
    return [
        f"{name}: texts that are also in {train.path}, so metrics on them are too good: {count:,}"
        for name, count in counts.items()
        if count
    ]


def compare(checked: Mapping[str, Checked], takes: Takes | None) -> None:
    """Raise an error when no model can be trained on the labels of the channel train, or of the first table, or be
    judged by those of the others."""
    train, others = _parted(checked)
    spelling = takes.key if takes else str
    known = set(map(spelling, train.counts))
    if len(known) < 2:
        count, label = len(train.records), labels.unquoted(next(iter(train.counts), ""))
        having = f"all {count:,} records of {train.path} have" if count > 1 else f"the one record of {train.path} has"
        raise DriverError(f"{having} the label {label}: give texts of two labels or more")
    for other in others.values():
        if unknown := [label for label in other.counts if spelling(label) not in known]:
            raise ChoiceError(
                f"{other.path} has labels that {train.path} does not, {labels.named(unknown)}: correct them, or leave "
                "these records out",
                [labels.drop(unknown)],
            )


def _parted(checked: Mapping[str, Checked]) -> tuple[Checked, dict[str, Checked]]:
    others = dict(checked)
    first = "train" if "train" in others else next(iter(others))
    return others.pop(first), others
