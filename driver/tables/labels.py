"""Labels: renamed and dropped as the user says, and held against those that an image takes."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from driver.errors import ChoiceError, DriverError, quote

NEGATIVE = frozenset({
    "negative", "neg", "bad", "no", "false", "n", "f", "dislike", "unhappy", "down", "worst", "poor", "0", "-1",
    "negativ", "schlecht",
})  # fmt: skip
POSITIVE = frozenset({
    "positive", "pos", "good", "yes", "true", "y", "t", "like", "happy", "up", "best", "great", "1", "positiv",
    "gut",
})  # fmt: skip

_WHOLE = re.compile(r"-?\d+\.0+")
_NAMED = 6  # labels that a sentence names
_MOST_NUMBERS = 11  # 0 to 10

Sides = tuple[list[str], list[str]]  # negative, positive


@dataclass(frozen=True)
class Takes:
    """What an image's channels take: labels of one of `pairs`, negative first (any labels where there is none).

    `form` is that of the files: `labelled`, or `blazingtext`. `other` is an image that takes any labels.
    """

    image: str
    pairs: Sequence[Sequence[str]] = ()
    form: str = "labelled"
    other: str | None = None


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


def parse_map(given: Iterable[str]) -> dict[str, str]:
    """Return what each label becomes. Raises DriverError for another form.

    Example:
        >>> parse_map(["1,2=neg 4,5=pos", "science and technology=science"])
        {'1': 'neg', '2': 'neg', '4': 'pos', '5': 'pos', 'science and technology': 'science'}
    """
    found: dict[str, str] = {}
    for text in given:
        for part in [text] if text.count("=") == 1 else text.split():
            old, equals, new = part.rpartition("=")
            if not (equals and old.strip() and new.strip()):
                raise DriverError(f'--map is {quote(text)}: expected OLD,OLD=NEW, such as "1,2=neg 4,5=pos"')
            found |= {label.strip(): new.strip() for label in old.split(",")}
    return found


def rename(counts: Mapping[str, int], given_map: Sequence[str], given_drop: Sequence[str]) -> dict[str, str | None]:
    """Return what each of the labels becomes, None for those to be dropped."""
    mapped, dropped = parse_map(given_map), _dropped(counts, given_drop)
    return {label: None if label in dropped else mapped.get(label, label) for label in counts}


def check_flags(labels: Collection[str], given_map: Sequence[str], given_drop: Sequence[str]) -> None:
    """Raise DriverError for a label to be renamed or dropped that no table has."""
    for given, wanted in (("--map", list(parse_map(given_map))), ("--drop", _dropped(labels, given_drop))):
        for label in wanted:
            if label not in labels:
                near = difflib.get_close_matches(label, labels, n=1)
                advice = f"did you mean {near[0]}?" if near else f"the labels are {named(labels)}"
                raise DriverError(f"{given}: no row has the label {quote(label)}: {advice}")


def check(name: str, counts: Mapping[str, int], takes: Takes) -> None:
    """Raise an error, with the flags that help where there are some, unless an image takes the labels."""
    if not takes.pairs or any({label.lower() for label in counts} <= set(pair) for pair in takes.pairs):
        return
    expected = ", ".join("/".join(pair) for pair in takes.pairs)
    sentence = f"{name} has the labels {named(counts)}, and {takes.image} takes two: {expected}"
    if way := suggest(counts, takes.pairs):
        raise ChoiceError(sentence, [way])
    other = f", or train {takes.other}, which takes any labels" if takes.other else ""
    raise DriverError(f'{sentence}: give --map "OLD,OLD=neg OLD=pos" and --drop for the rest{other}')


def suggest(counts: Mapping[str, int], pairs: Sequence[Sequence[str]]) -> list[str]:
    """Return the flags that make a pair of the labels; none where nothing says which are negative.

    Example:
        >>> suggest(dict.fromkeys("12345", 9), [["neg", "pos"]])
        ['--map', '1,2=neg 4,5=pos', '--drop', '3']
        >>> suggest({"positive": 5, "neutral": 2, "negative": 4}, [["negative", "positive"]])
        ['--drop', 'neutral']
        >>> suggest({"2": 5, "1": 4}, [["neg", "pos"]])
        ['--map', '1=neg 2=pos']
        >>> suggest(dict.fromkeys("123"), [["neg", "pos"]])
        ['--map', '1=neg 3=pos', '--drop', '2']
    """
    sides = _numbers(counts) or _words(counts)
    if not all(sides):
        return []
    kept = {label.lower() for label in (*sides[0], *sides[1])}
    own = next((pair for pair in pairs if kept <= set(pair)), None)
    pair = own or next((pair for pair in pairs if not pair[0].isdecimal()), pairs[0])
    mapping = " ".join(f"{','.join(labels)}={new}" for labels, new in zip(sides, pair, strict=True))
    dropped = [label for label in counts if label not in (*sides[0], *sides[1])]
    return [*([] if own else flag("--map", mapping)), *drop(dropped)]


def drop(unwanted: Sequence[str]) -> list[str]:
    """Return the flags that leave out the records with some labels."""
    values = unwanted if any("," in label for label in unwanted) else [",".join(unwanted)] if unwanted else []
    return [part for value in values for part in flag("--drop", value)]


def named(labels: Collection[str]) -> str:
    """Name some labels in a sentence."""
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(quote(label, 30).strip('"') for label in list(labels)[:_NAMED]) + more


def ordered(labels: Iterable[str]) -> Counter[str]:
    """Count labels, in order: numbers by size, words by the alphabet."""
    counts = Counter(labels)
    return Counter({label: counts[label] for label in sorted(counts, key=lambda one: (_number(one) or 0, one))})


def flag(name: str, value: str) -> list[str]:
    """Return a flag as argparse takes it, also with a value like `-1`."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _dropped(labels: Collection[str], given: Sequence[str]) -> list[str]:
    return [label.strip() for text in given for label in ([text] if text in labels else text.split(","))]


def _numbers(labels: Collection[str]) -> Sides | None:
    """Part labels that are numbers in the middle: of 1 to 5 or 1 to 10 stars, or else of those there are."""
    numbers = {label: number for label in labels if (number := _number(label)) is not None}
    if len(numbers) < len(labels) or len(labels) > _MOST_NUMBERS:
        return None
    low, high = min(numbers.values()), max(numbers.values())
    scales = [(1, top) for top in (5, 10) if low >= 1 and high <= top and len(labels) > 2]  # a file need not have all
    return next((sides for scale in (*scales, (low, high)) if all(sides := _sides(numbers, *scale))), None)


def _sides(numbers: Mapping[str, float], low: float, high: float) -> Sides:
    middle, margin = (low + high) / 2, 1 if high - low > 5 else 0.25
    below = [label for label, number in numbers.items() if number <= middle - margin]
    return below, [label for label, number in numbers.items() if number >= middle + margin]


def _words(labels: Collection[str]) -> Sides:
    return (
        [label for label in labels if label.lower() in NEGATIVE],
        [label for label in labels if label.lower() in POSITIVE],
    )


def _number(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None
