"""Reads UCI's News Aggregator (archive.ics.uci.edu/dataset/359): headlines of four categories; and splits them.

Fields stand between tabs, and a quotation mark is a character like any other: a reader of CSV would lose rows.
"""

import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MEMBER = "newsCorpora.csv"
CATEGORIES = {"b": "business", "t": "science and technology", "e": "entertainment", "m": "health"}
SPLITS = ("random", "story")
TEST_PART = 5  # every fifth headline
SEED = 2_014


class Headline(NamedTuple):
    """One row: category, one letter; title; the story that it tells, as others do."""

    category: str
    title: str
    story: str


def read(archive: Path) -> Iterator[Headline]:
    """Yield every headline of NewsAggregatorDataset.zip, in its order."""
    with zipfile.ZipFile(archive) as files, files.open(MEMBER) as member:
        for line in io.TextIOWrapper(member, encoding="utf-8", newline="\n"):
            fields = line.rstrip("\r\n").split("\t")
            yield Headline(fields[4], fields[1], fields[5])


def held_out(headlines: Sequence[Headline], split: str) -> list[bool]:
    """Return for each headline whether it is to be tested with, which one in five is; the same ones at every call.

    `split` random draws headlines. story draws stories until their headlines are as many: none is on both sides.

    Example:
        >>> told_twice = [Headline("b", f"Stocks {n}", str(n // 2)) for n in range(10)]
        >>> held_out(told_twice, "story")
        [False, False, False, False, True, True, False, False, False, False]
    """
    chance = random.Random(SEED)
    wanted = len(headlines) // TEST_PART
    if split == "random":
        drawn = set(chance.sample(range(len(headlines)), wanted))
        return [number in drawn for number in range(len(headlines))]
    sizes = Counter(headline.story for headline in headlines)
    stories: set[str] = set()
    for story in chance.sample(sorted(sizes), len(sizes)):
        if sizes[story] <= wanted:
            wanted -= sizes[story]
            stories.add(story)
    return [headline.story in stories for headline in headlines]
