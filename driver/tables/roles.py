"""Which column is the text and which the label: taken where it is certain, and otherwise the user's to say."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from driver.errors import ChoiceError, DriverError, quote
from driver.tables import columns
from driver.tables.columns import Column
from driver.tables.labels import flag
from driver.tables.table import Choices

MOST_WAYS = 8
_SMALL = 11  # different numbers that can be labels; rows by which nothing can be told
_UNIQUE = 0.9  # of a column's cells, different: no labels


class Roles(NamedTuple):
    """The columns of text and label (None where there need not be one), and for people why these."""

    text: str
    label: str | None
    reason: str


def choose(name: str, facts: Sequence[Column], is_named: bool, choices: Choices, needs_label: bool = True) -> Roles:
    """Return the roles. `is_named` is whether the file names its columns.

    Raises DriverError for a column that does not exist, ChoiceError where names and contents do not decide.
    """
    text = given(facts, "--text", choices.text)
    label = given(facts, "--label", choices.label) if needs_label else None
    if text and text == label:
        raise DriverError(f"--text and --label both name the column {text}: name two columns")
    if text and (label or not needs_label):
        return Roles(text, label, "as you say")
    texts = [text] if text else _texts([one for one in facts if one.name != label], is_named)
    if not needs_label:
        return _only_text(name, facts, texts)
    labels = [label] if label else _labels([one for one in facts if one.name != text], is_named)
    pairs = [(one, other) for one in texts for other in labels if one != other]
    if not pairs and is_named and not text and not label:
        pairs = _by_name_alone(facts)
    if len(pairs) == 1:
        return Roles(*pairs[0], _reason(facts, *pairs[0]))
    if not pairs and not is_named and len(facts) == 2 and not text and not label:
        first, second = facts
        is_swapped = first.kind == "text" or (first.words > second.words and second.distinct < second.filled)
        if not (is_swapped and _is_unique(first)):
            return Roles(second.name, first.name, "label first, as the images read it")
    raise _undecided(name, facts, pairs, text, label)


def _texts(facts: Sequence[Column], is_named: bool) -> list[str]:
    named = [one.name for one in facts if is_named and one.is_named_text and one.kind in ("text", "words", "constant")]
    if len(named) == 1:
        return named
    return (
        named
        or [one.name for one in facts if one.kind == "text"]
        or [one.name for one in facts if one.kind == "words"]
        or [one.name for one in facts if one.kind == "label" and one.words > columns.LONG]
    )


def _labels(facts: Sequence[Column], is_named: bool) -> list[str]:
    named = [one.name for one in facts if is_named and one.is_named_label and _can_be_label(one)]
    return named or [one.name for one in facts if one.kind == "label"]


def _can_be_label(one: Column) -> bool:
    if one.kind == "words":
        return not _is_unique(one) or one.filled <= _SMALL
    if one.kind == "text":
        return columns.is_few(one.distinct, one.filled)
    return one.kind not in ("date", "empty") and not (one.kind == "number" and one.distinct > _SMALL)


def _is_unique(one: Column) -> bool:
    return one.distinct >= _UNIQUE * one.filled


def _by_name_alone(facts: Sequence[Column]) -> list[tuple[str, str]]:
    """Return the columns that a header names, where the texts are as short as labels, but do not repeat more."""
    texts = [
        one for one in facts if one.is_named_text and not one.is_named_label and one.kind in ("label", "identifier")
    ]
    labels = [
        one for one in facts if one.is_named_label and not one.is_named_text
        and (one.kind == "label" or (one.kind == "identifier" and one.filled <= _SMALL))
    ]  # fmt: skip
    return [(one.name, other.name) for one in texts for other in labels if one.distinct >= other.distinct]


def _only_text(name: str, facts: Sequence[Column], texts: Sequence[str]) -> Roles:
    filled = [one.name for one in facts if one.kind != "empty"]
    if len(texts) == 1 or len(filled) == 1:
        return Roles((texts or filled)[0], None, "the only text" if texts else "the only column")
    raise ChoiceError(
        f"{name} has the columns {_list(facts)}, and more than one can be the text",
        [flag("--text", one) for one in (texts or filled)[:MOST_WAYS]],
    )


def _reason(facts: Sequence[Column], text: str, label: str) -> str:
    by_name = {one.name: one for one in facts}
    if by_name[text].is_named_text and by_name[label].is_named_label:
        return "by their names"
    if by_name[text].is_named_label and by_name[label].is_named_text:
        return "by what they hold: the header names them the wrong way round"
    return "text before label" if [one.name for one in facts] == [text, label] else "by what they hold"


def _undecided(
    name: str, facts: Sequence[Column], pairs: Sequence[tuple[str, str]], text: str | None, label: str | None
) -> DriverError:
    filled = [one for one in facts if one.kind != "empty"]
    if len(filled) < 2:
        return DriverError(
            f"{name} has one column, {_list(filled)}, and a text needs a label: give a file with both, or name the "
            "delimiter with --delimiter"
        )
    if len(pairs) > 1:
        sentence = f"{name} has the columns {_list(facts)}, and more than one can be the text or the label"
    elif swapped := [one for one in filled if one.is_named_label and one.kind in ("text", "words") and _is_unique(one)]:
        one = swapped[0]
        sentence = (
            f"{name}: nearly every label is different, such as {quote(one.examples[0])} ({one.distinct:,} in "
            f"{one.filled:,} rows of the column {one.name}): is it the text?"
        )
    elif filled[0].kind == "text" and not filled[0].is_named_text and len(filled) == 2 and _is_unique(filled[0]):
        one = filled[0]
        sentence = (
            f"{name}: the first column should be the label, and nearly every one is different and long, such as "
            f"{quote(one.examples[0])}: is it the text?"
        )
    else:
        sentence = f"{name} has the columns {_list(facts)}, and none of them is certainly the text and the label"
    wordiest = text or max((one for one in filled if one.name != label), key=_wordiness).name
    others = sorted((one for one in filled if one.name != wordiest), key=lambda one: one.distinct)
    fallback = [(wordiest, label or one.name) for one in others]
    ways = (pairs or fallback)[:MOST_WAYS]
    return ChoiceError(sentence, [[*flag("--text", one), *flag("--label", other)] for one, other in ways])


def _wordiness(one: Column) -> tuple[float, bool]:
    return one.words, one.is_named_text and not one.is_named_label


def given(facts: Sequence[Column], option: str, name: str | None) -> str | None:
    """Return the column that a flag names by its name or number, None for None. Raises DriverError for another."""
    if name is None:
        return None
    names = [one.name for one in facts]
    alike = [one for one in names if one == name] or [one for one in names if _spelling(one) == _spelling(name)]
    if alike:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    near = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean {near[0]}?" if near else f"choose from {_list(facts)}, or give a number from 1"
    raise DriverError(f"{option}: no column is called {quote(name)}: {advice}")


def _spelling(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().lower()


def _list(facts: Sequence[Column]) -> str:
    return ", ".join(one.name for one in facts)
