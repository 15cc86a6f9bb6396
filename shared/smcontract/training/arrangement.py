"""Whether labelled records begin with a header or have label and text swapped: seen by comparing them. Mends nothing.

A few names of columns are known in English; any other header differs from the records below it.
"""

import re
from collections.abc import Collection, Sequence
from statistics import mean

from textprep.records import Record

from smcontract.errors import UserError, shown

LABELS = frozenset({
    "label", "labels", "category", "categories", "class", "target", "topic", "rating", "ratings", "sentiment", "stars",
    "score", "polarity", "genre", "section", "tag", "intent", "y",
})  # fmt: skip
TEXTS = frozenset({
    "text", "texts", "title", "titles", "headline", "headlines", "sentence", "sentences", "review", "reviews",
    "comment", "comments", "body", "content", "message", "description", "tweet", "post", "document", "x",
})  # fmt: skip
HEADER_WORDS = 3  # in the second cell of a header, at most
ENOUGH, ENOUGH_FOR_A_NAME = 10, 3  # records to compare a first row with; fewer where one of its cells is a known name
ENOUGH_SWAPPED = 4
NAMED = 3  # values in a sentence
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # Chinese and Japanese


def check(records: Sequence[Record], *, may_have_header: bool) -> None:
    """Look at the first records of a file. Raises UserError when they are swapped, or when the first is a header."""
    if _are_swapped(records[1:]):
        texts = list(dict.fromkeys(record.text.strip() for record in records[1:]))
        are = "repeat" if _repeat(texts, records[1:]) else "are shorter, such as"
        more = " and others" if texts[NAMED:] else ""
        raise UserError(
            f"{records[1].position}: label and text are swapped: the labels are long and hardly repeat, such as "
            f"{shown(records[1].label)}, and the texts {are} {', '.join(map(shown, texts[:NAMED]))}{more}; "
            "put the label first and the text second"
        )
    if may_have_header and records and _is_header(records[0], records[1:]):
        first = records[0]
        raise UserError(
            f"{first.position} looks like a header ({first.label},{first.text}): remove it, or set the channel's "
            "content type to text/csv; header=present; if it is a record, to text/csv; header=absent"
        )


def _is_header(first: Record, others: Sequence[Record]) -> bool:
    """Whether the first row names the columns.

    Its label occurs nowhere else, though the other labels repeat, and its text is shorter than nearly all others. Where
    texts are short, a known name must tell.
    """
    label, text = _key(first.label), _key(first.text)
    labels = {_key(record.label) for record in others}
    names = (_is_name(label, LABELS), _is_name(text, TEXTS))
    if all(names):
        return True
    if (
        label in labels
        or _words(text) > HEADER_WORDS
        or len(others) < (ENOUGH_FOR_A_NAME if any(names) else ENOUGH)
        or len(labels) > len(others) / 2
    ):
        return False
    lengths = [_words(record.text) for record in others]
    shorter = mean(_words(text) < length for length in lengths)
    return any(names) or (shorter > 0.9 and mean(lengths) > HEADER_WORDS)


def _are_swapped(records: Sequence[Record]) -> bool:
    """Whether the labels differ as texts do, and are longer than these; where records are few, texts must repeat."""
    records = list({record[:2]: record for record in records}.values())
    texts = {_key(record.text) for record in records}
    if len(records) < (ENOUGH_SWAPPED if _repeat(texts, records) else ENOUGH):
        return False
    words = mean(_words(str(record.label)) for record in records)
    return (
        len({_key(record.label) for record in records}) > 0.9 * len(records)
        and words >= HEADER_WORDS
        and words > mean(_words(record.text) for record in records)
    )


def _repeat(texts: Collection[str], records: Sequence[Record]) -> bool:
    return len(texts) <= len(records) / 2


def _words(text: str) -> float:
    """Return how many words a text has: those between white space, and half a word for each ideograph or kana.

    Example:
        >>> _words("a good film"), _words("这部电影很好")
        (3.0, 4.0)
    """
    return len(text.split()) + len(_UNSPACED.findall(text)) / 2


def _key(cell: str | None) -> str:
    return (cell or "").strip().lower()


def _is_name(cell: str, names: frozenset[str]) -> bool:
    """Whether a cell is made of known names: `review`, `review_text`.

    Example:
        >>> _is_name("review_text", TEXTS), _is_name("a good review", TEXTS)
        (True, False)
    """
    return set(re.split(r"[\W_]+", cell.strip("\"' "))) <= names
