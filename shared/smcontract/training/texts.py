"""Channels of labelled texts, read as a stream; and a part of them held back. Knows no labels, cleans no text."""

import itertools
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from textprep.records import Record, read_csv, read_jsonlines

from smcontract import media
from smcontract.records import is_number
from smcontract.training import arrangement, channels
from smcontract.training.job import Channel

ENDINGS = MappingProxyType({".jsonl": media.JSON_LINES, ".jsonlines": media.JSON_LINES, ".json": media.JSON_LINES})
EXCERPT_LENGTH = 300  # characters: enough to check a model with, and no more of its training data than that

BLOCK = 1000  # items that are in memory at once where they come as a stream, and records that are compared

Item = TypeVar("Item")


def read(channel: Channel) -> Iterator[Record]:
    """Yield the records of all files. Raises as `files` does."""
    return itertools.chain.from_iterable(records for _, records in files(channel))


def files(channel: Channel) -> Iterator[tuple[Path, Iterator[Record]]]:
    """Yield CSV (label, text) and JSON Lines files, and the records of each.

    CSV has no header unless the channel's content type says `header=present`. Raises UserError for another content
    type, for a channel without files, and for a header or swapped columns, seen in a file's first records (see
    `arrangement`); DataError for a bad record.
    """
    header = channels.has_header(channel)
    for form, path in channels.files(channel, ENDINGS):
        yield path, _records(path, form == media.CSV, header)


def _records(path: Path, is_csv: bool, header: bool | None) -> Iterator[Record]:
    records = read_csv([path], header=bool(header)) if is_csv else read_jsonlines([path])
    head: list[Record] = []
    try:
        head.extend(itertools.islice(records, BLOCK))
    finally:  # before a bad record is named, which the header may be the cause of
        arrangement.check(head, may_have_header=is_csv and header is None)
    yield from head
    yield from records


def looks_like_header(position: str, cells: Iterable[str]) -> bool:
    """Whether a row that cannot be read is the first of its file and has no number in it.

    Example:
    >>> looks_like_header("a.csv line 1", ["label", "text"]), looks_like_header("a.csv line 1", ["2", "Great"])
    (True, False)
    """
    return position.endswith(" line 1") and not any(map(is_number, cells))


def excerpt(text: str) -> str:
    """Return the beginning of a text, as a golden example.

    Example:
    >>> excerpt("  a film  "), len(excerpt("x" * 1000))
    ('a film', 300)
    """
    return text.strip()[:EXCERPT_LENGTH]


def hold_back(items: Iterable[Item], fraction: float, seed: int, held_back: list[Item]) -> Iterator[Item]:
    """Pass the items on but for a random part of them, the same for the same seed, which goes to `held_back`.

    After each BLOCK items, and at the end, the part is exact but for rounding: a draw for each item by itself would
    leave few items a part far from the one that was asked for.

    Example:
    >>> held: list[int] = []
    >>> list(hold_back(range(8), 0.25, 0, held)), held
    ([0, 1, 2, 3, 4, 5], [6, 7])
    """
    choice = random.Random(seed)  # noqa: S311 - no secret depends on it
    stream, seen = iter(items), 0
    while block := list(itertools.islice(stream, BLOCK)):
        due = round((seen + len(block)) * fraction) - round(seen * fraction)  # so that a part below one adds up
        seen += len(block)
        drawn = set(choice.sample(range(len(block)), due))
        held_back += (item for number, item in enumerate(block) if number in drawn)
        yield from (item for number, item in enumerate(block) if number not in drawn)
