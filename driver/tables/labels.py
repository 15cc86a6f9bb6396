"""Labels: renamed and dropped as the user says, and held against those that an image takes."""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from driver.errors import ChoiceError, DriverError, quote

_WHOLE = re.compile(r"-?\d+\.0+")
_NAMED = 6  # labels that a sentence names


@dataclass(frozen=True)
class Takes:
    """Which labelled texts an image's channels take: at most `most` labels, or any number.

    `form` is that of the files: `labelled`, or `blazingtext`. `other` is an image that takes any number of labels;
    `folds_case` says that labels which differ in capital letters alone are one; each of `synonyms` are labels that mean
    the same, of which data may have one.
    """

    image: str
    form: str = "labelled"
    most: int | None = None
    folds_case: bool = False
    synonyms: Sequence[Sequence[str]] = ()
    other: str | None = None

    def key(self, label: str) -> str:
        """Return what two labels have in common that are one to the image."""
        return label.lower() if self.folds_case else label

    def meaning(self, label: str) -> str:
        """Return what two labels have in common that mean the same to the image."""
        key = as_word(label) if self.form == "blazingtext" else self.key(label)
        return next((same[0] for same in self.synonyms if key in same), key)


def as_word(label: str) -> str:
    """Return a label as a file for BlazingText has it.

    Example:
        >>> as_word("science and technology")
        'science_and_technology'
    """
    return "_".join(label.split())


def whole(labels: Sequence[str]) -> Sequence[str]:
    """Return labels without the `.0` that pandas gives whole numbers where some are missing.

    Example:
        >>> whole(["5.0", "", "1.0"]), whole(["5.0", "4.5"])
        (['5', '', '1'], ['5.0', '4.5'])
    """
    filled = [label for label in labels if label]
    if filled and all(_WHOLE.fullmatch(label) for label in filled):
        return [label.partition(".")[0] for label in labels]
    return labels


def parse_map(given: Iterable[str], labels: Collection[str] = ()) -> dict[str, str]:
    """Return what each label becomes; one of `labels` may have a comma in it, another one in quotes.

    Raises DriverError for another form.

    Example:
        >>> parse_map(["1,2=neg 4,5=pos", "science and technology=science"])
        {'1': 'neg', '2': 'neg', '4': 'pos', '5': 'pos', 'science and technology': 'science'}
    """
    found: dict[str, str] = {}
    for text in given:
        for part in [text] if text.count("=") == 1 or text.rpartition("=")[0] in labels else text.split():
            old, equals, new = part.rpartition("=")
            if not (equals and old.strip() and new.strip()):
                raise DriverError(f'--map is {quote(text)}: expected OLD,OLD=NEW, such as "1,2=neg 4,5=pos"')
            found |= {label: new.strip() for label in _split(old, labels)}
    return found


def rename(counts: Mapping[str, int], given_map: Sequence[str], given_drop: Sequence[str]) -> dict[str, str | None]:
    """Return what each of the labels becomes, None for those to be dropped."""
    mapped, dropped = parse_map(given_map, counts), _dropped(counts, given_drop)
    return {label: None if label in dropped else mapped.get(label, label) for label in counts}


def check_flags(labels: Collection[str], given_map: Sequence[str], given_drop: Sequence[str]) -> None:
    """Raise DriverError for a label to be renamed or dropped that no table has."""
    for given, wanted in (("--map", list(parse_map(given_map, labels))), ("--drop", _dropped(labels, given_drop))):
        for label in wanted:
            if label not in labels:
                near = [unquoted(one) for one in difflib.get_close_matches(label, labels, n=1)]
                advice = (
                    f"did you mean {near[0]}?"
                    if near and near[0] != unquoted(label)
                    else f"the labels are {named(labels)}"
                )
                raise DriverError(f"{given}: no row has the label {quote(label)}: {advice}")


def check(name: str, counts: Mapping[str, int], takes: Takes) -> None:
    """Raise DriverError when there are more labels than an image takes."""
    number = len({takes.key(label) for label in counts})
    if takes.most is not None and number > takes.most:
        other = f", or train {takes.other}, which takes any number" if takes.other else ""
        raise DriverError(
            f"{name} has {number:,} labels, such as {named(counts)}, and {takes.image} takes at most {takes.most}: "
            f"name the right column with --label, merge labels with --map, leave some out with --drop{other}"
        )


def check_meanings(found: Iterable[tuple[str, str]], takes: Takes) -> None:
    """Raise ChoiceError when two labels mean the same to an image, in its words. `found` are labels and positions."""
    groups: dict[str, dict[str, str]] = {}
    sentence = ""
    for label, position in found:
        group = groups.setdefault(takes.meaning(label), {})
        other = next(iter(group), label)
        if not sentence and takes.key(other) != takes.key(label):
            sentence = f"{position}: the label is {quote(label)}, and {quote(other)} in {group[other]} means the same"
        group.setdefault(label, position)
    if sentence:
        several = [list(group) for group in groups.values() if len({takes.key(label) for label in group}) > 1]
        ways = [[part for group in several for part in _merge(group, number, takes)] for number in (0, 1)]
        raise ChoiceError(f"{sentence}: use one of them", ways)


def _merge(group: Sequence[str], number: int, takes: Takes) -> list[str]:
    """Return the flags that make one of labels that mean the same: that of a number among the image's own labels."""
    spellings: dict[str, str] = {}
    for label in group:
        spellings.setdefault(takes.key(label), label)
    into = list(spellings.values())[number]
    others = [label for label in group if takes.key(label) != takes.key(into)]
    return [part for label in others for part in flag("--map", f"{label}={into}")]


def drop(unwanted: Sequence[str]) -> list[str]:
    """Return the flags that leave out the records with some labels."""
    values = (
        unwanted if any(set(',"\r\n') & set(label) for label in unwanted) else [",".join(unwanted)] if unwanted else []
    )
    return [part for value in values for part in flag("--drop", value)]


def named(labels: Collection[str]) -> str:
    """Name some labels in a sentence."""
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(map(unquoted, list(labels)[:_NAMED])) + more


def unquoted(label: str) -> str:
    """Return a label as an error quotes it, but without the quotes around it and the backslashes before its own.

    Example:
        >>> unquoted('so "so"'), unquoted("so\\nso")
        ('so "so"', 'so\\\\nso')
    """
    return quote(label, 30)[1:].removesuffix('"').replace('\\"', '"')


def ordered(labels: Iterable[str]) -> Counter[str]:
    """Count labels, in order: numbers by size, words by the alphabet."""
    counts = Counter(labels)
    return Counter({label: counts[label] for label in sorted(counts, key=lambda one: (_number(one) or 0, one))})


def flag(name: str, value: str) -> list[str]:
    """Return a flag as argparse takes it, also with a value like `-1`."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _dropped(labels: Collection[str], given: Sequence[str]) -> list[str]:
    return [label for text in given for label in _split(text, labels)]


def _split(text: str, labels: Collection[str]) -> list[str]:
    """Return the labels between commas, each as `labels` has it: what people type may be composed in another way."""
    spelling = {_composed(label): label for label in labels}
    rows = [[text]] if _composed(text) in spelling else csv.reader(text.splitlines(), skipinitialspace=True)
    return [spelling.get(_composed(label), label.strip()) for row in rows for label in row]


def _composed(label: str) -> str:
    return whole([unicodedata.normalize("NFC", label.strip())])[0]


def _number(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None
