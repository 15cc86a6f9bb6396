"""Facts about a column: what its cells look like, and what its name says. Decides nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LABEL_NAMES = frozenset({
    "label", "labels", "labelled", "category", "categories", "class", "classes", "target", "topic", "topics",
    "sentiment", "rating", "ratings", "stars", "star", "score", "polarity", "tag", "intent", "y",
})  # fmt: skip
TEXT_NAMES = frozenset({
    "text", "texts", "review", "reviews", "title", "titles", "headline", "headlines", "sentence", "sentences",
    "comment", "comments", "content", "body", "message", "messages", "tweet", "description", "document",
    "utterance", "feedback",
})  # fmt: skip
_INDEX_NAMES = frozenset({"", "index", "level_0", "row", "nr", "no", "#"})
_IDENTIFIER_NAMES = frozenset({"id", "ids", "uuid", "guid", "key", "asin", "isbn"})
_DATE_NAMES = frozenset({"date", "datum", "time", "timestamp", "datetime", "created", "updated"})

_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*%?\s*")
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d\d.*)?\s*")
_IDEOGRAPH = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OF_SOUTH_EAST_ASIA = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

FEW = 60
"""Labels of a column without a name that says so: more are no labels."""

WORDS = 2.5
"""A column with more words in a cell than this, on average, is a text."""

LONG = 2 * WORDS
"""Labels are shorter than this, unless each of them comes ten times or more, on average."""


@dataclass(frozen=True)
class Column:
    """What a column holds. `words` is the mean of its cells that are filled; `kind` one of: empty, constant, index,
    identifier, date, label, text, number, words."""

    name: str
    kind: str
    filled: int
    distinct: int
    words: float
    longest: int
    examples: tuple[str, ...]

    @property
    def is_named_label(self) -> bool:
        """Whether its name is one of labels."""
        return bool(LABEL_NAMES & parts(self.name))

    @property
    def is_named_text(self) -> bool:
        """Whether its name is one of texts."""
        return bool(TEXT_NAMES & parts(self.name))


def parts(name: str) -> set[str]:
    """Return the words of a column's name.

    Example:
        >>> sorted(parts("reviewText_EN")), parts("Unnamed: 0") == parts("unnamed 0")
        (['en', 'review', 'text'], True)
    """
    return {part.lower() for part in _PARTS.findall(name)}


def words(text: str) -> float:
    """Return about how many words a text has. In scripts without spaces, characters say it.

    Example:
        >>> words("a fine film"), words("这部电影非常好看")
        (3, 4.0)
    """
    if text.isascii():
        return len(text.split())
    unspaced = len(_IDEOGRAPH.findall(text)) / 2 + len(_OF_SOUTH_EAST_ASIA.findall(text)) / 5
    return unspaced + len(_OF_SOUTH_EAST_ASIA.sub(" ", _IDEOGRAPH.sub(" ", text)).split())


def describe(frame: Any) -> list[Column]:
    """Return the facts of each column of a frame of text cells, in order."""
    return [_describe(str(name), frame[name]) for name in frame.columns]


def is_number(text: str) -> bool:
    """Whether a cell is a number, also with a decimal comma or a percent sign."""
    return _NUMBER.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether a cell is a date, perhaps with a time."""
    return _DATE.fullmatch(text) is not None


def is_few(distinct: int, filled: int) -> bool:
    """Whether so few different values among so many cells can be labels."""
    return distinct <= FEW and 2 * distinct <= filled


def mostly(test: Any, values: Sequence[str]) -> bool:
    """Whether nine in ten of some values, and one at least, pass a test."""
    return bool(values) and sum(map(test, values)) >= 0.9 * len(values)


def _describe(name: str, cells: Any) -> Column:
    values = [text for value in cells if (text := value.strip())]
    counts = dict.fromkeys(values)
    mean = sum(map(words, values)) / len(values) if values else 0.0
    longest = max(map(len, values), default=0)
    examples = tuple(list(counts)[:3])
    return Column(name, _kind(name, values, len(counts), mean), len(values), len(counts), mean, longest, examples)


def _kind(name: str, values: Sequence[str], distinct: int, mean: float) -> str:
    called = parts(name)
    if not values:
        return "empty"
    is_numeric = mostly(is_number, values)
    if mostly(is_date, values) or (_DATE_NAMES & called and distinct > FEW and not is_numeric):
        return "date"
    if is_numeric and (called <= _INDEX_NAMES or "unnamed" in called or len(values) > 2) and _is_counting(values):
        return "index"
    if distinct == len(values) and mean < 1.5 and (_IDENTIFIER_NAMES & called or (is_numeric and len(values) > FEW)):
        return "identifier"
    if distinct == 1 and len(values) > 1:
        return "constant"
    if is_few(distinct, len(values)) and (mean <= LONG or 10 * distinct <= len(values)):
        return "label"
    if is_numeric:
        return "number"
    if mean >= WORDS:
        return "text"
    return "identifier" if distinct == len(values) and mean < 1.2 else "words"


def _is_counting(values: Sequence[str]) -> bool:
    try:
        numbers = [int(value) for value in values]
    except ValueError:
        return False
    return all(after - before == 1 for before, after in itertools.pairwise(numbers))
