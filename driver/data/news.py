"""Reads UCI's News Aggregator (archive.ics.uci.edu/dataset/359): headlines of four categories; and splits them.

Fields are separated by tabs, and quotation marks are ordinary characters: a CSV reader would lose rows.
"""

import io
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from driver.data.files import open_source, write_corpus, write_halves
from driver.errors import DriverError, quote

MEMBER = "newsCorpora.csv"
CATEGORIES = {"b": "business", "t": "science and technology", "e": "entertainment", "m": "health"}
FIELDS = 8
SPLITS = ("random", "story")
TEST_PART = 5  # every fifth headline
SEED = 2_014


class Headline(NamedTuple):
    """One row: category, one letter; title; the story that it tells, as others do."""

    category: str
    title: str
    story: str


def read(source: Path) -> Iterator[Headline]:
    """Yield every headline of NewsAggregatorDataset.zip or of the newsCorpora.csv in it, in its order.

    Raises DriverError for a zip archive without that file, and for a line that is not such a row.
    """
    with open_source(source, MEMBER) as file, io.TextIOWrapper(file, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if len(fields) != FIELDS or fields[4] not in CATEGORIES:
                raise DriverError(
                    f"{source}, line {number}: {quote(line)} is not a row of the News Aggregator, which has {FIELDS} "
                    f"fields between tabs, the fifth one of {', '.join(CATEGORIES)}; get it again"
                )
            yield Headline(fields[4], fields[1], fields[5])


def held_out(headlines: Sequence[Headline], split: str, seed: int = SEED) -> list[bool]:
    """Return for each headline whether it is to be tested with, one in five; the same for the same `seed`.

    `split` random draws headlines. story draws stories until their headlines are as many: none is on both sides.

    Example:
        >>> told_twice = [Headline("b", f"Stocks {n}", str(n // 2)) for n in range(10)]
        >>> held_out(told_twice, "story")
        [False, False, False, False, True, True, False, False, False, False]
    """
    chance = random.Random(seed)
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


def prepare(source: Path, folder: Path, split: str) -> Mapping[str, int]:
    """Write both halves of a split, with whole words for categories, and the corpus of the half to train on."""
    headlines = list(read(source))
    halves: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    for headline, is_held_out in zip(headlines, held_out(headlines, split), strict=True):
        halves[is_held_out].append((CATEGORIES[headline.category], headline.title))
    write_halves(halves[False], halves[True], folder, "headlines")
    words = write_corpus((title for _, title in halves[False]), folder / "corpus" / "corpus.txt")
    return {"headlines to train": len(halves[False]), "headlines to test": len(halves[True]), "words of corpus": words}
