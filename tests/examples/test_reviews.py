"""The demo's data: split without a leak, written as the image takes it."""

import csv
import json
from pathlib import Path

import pytest

from examples import reviews
from examples.reviews import Review

MANY = [Review("pos" if number % 2 else "neg", f"review {number}") for number in range(5_100)]


def test_only_imdb_is_read_and_labels_are_words(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text('text,label,source\n"a, ""b""\nc",1,imdb\nshort,0,rotten_tomatoes\nd,0,imdb\n', encoding="utf-8")
    assert reviews.read(path) == [Review("pos", 'a, "b"\nc'), Review("neg", "d")]


def test_the_split_is_whole_shuffled_and_always_the_same() -> None:
    training, unseen = reviews.split(MANY)
    assert (len(training), len(unseen)) == (100, 5_000)
    assert sorted(training + unseen) == sorted(MANY)
    assert unseen != MANY[:5_000]
    assert reviews.split(MANY) == (training, unseen)


def test_no_text_is_on_both_sides() -> None:
    training, unseen = reviews.split([*MANY, *MANY])
    assert not {review.text for review in training} & {review.text for review in unseen}
    assert len(unseen) == 5_000


@pytest.mark.parametrize("text", ["plain", 'quotes " and, commas', "lines\nand\r\nmore", "film \U0001f600", " "])
def test_what_is_written_can_be_read(tmp_path: Path, text: str) -> None:
    reviews.write_labelled([Review("pos", text)], tmp_path / "new" / "train.csv")
    with (tmp_path / "new" / "train.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["pos", text]]
    reviews.write_unlabelled([Review("pos", text)] * 2, tmp_path / "unseen.jsonl")
    lines = (tmp_path / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"text": text}] * 2


def test_counts() -> None:
    assert reviews.counts(MANY) == " 5,100 reviews, 2,550 neg and 2,550 pos"
