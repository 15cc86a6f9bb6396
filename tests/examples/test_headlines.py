"""The demo's headlines: split without a leak, written as the images take them."""

import csv
import json
from pathlib import Path

import pytest

from examples import headlines
from examples.headlines import Article

MANY = [Article("tech", f"headline {number}", f"body {number}") for number in range(510)]


def test_the_first_line_is_the_headline_and_the_folder_the_category(tmp_path: Path) -> None:
    for name, content in {
        "tech/001.txt": b"A phone \n\nIt rings.\n",
        "sports/199.txt": b"A cup\n\nIt costs \xa35.\n",
        "sports/README": b"no article",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert headlines.read(tmp_path) == [
        Article("sports", "A cup", "\nIt costs £5."),
        Article("tech", "A phone", "\nIt rings."),
    ]


def test_the_split_is_whole_shuffled_and_always_the_same() -> None:
    training, unseen = headlines.split(MANY)
    assert (len(training), len(unseen)) == (10, 500)
    assert sorted(training + unseen) == sorted(MANY)
    assert unseen != MANY[:500]
    assert headlines.split(MANY) == (training, unseen)


@pytest.mark.parametrize(
    "twins",
    [
        [Article("sports", article.headline, "another body") for article in MANY],
        [Article("sports", article.headline + "!", article.body) for article in MANY[:1]],
        MANY,
    ],
    ids=["the same headlines", "the same body", "everything twice"],
)
def test_nothing_is_on_both_sides(twins: list[Article]) -> None:
    training, unseen = headlines.split([*MANY, *twins])
    assert training
    for field in ("headline", "body"):
        assert not {getattr(article, field) for article in training} & {getattr(article, field) for article in unseen}
    assert len({article.headline for article in unseen}) == 500


@pytest.mark.parametrize("headline", ["plain", 'quotes " and, commas', "Blair's £5bn plan \U0001f600"])
def test_what_is_written_can_be_read(tmp_path: Path, headline: str) -> None:
    headlines.write_labelled([Article("tech", headline, "body")], tmp_path / "new" / "train.csv")
    with (tmp_path / "new" / "train.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["tech", headline]]
    headlines.write_unlabelled([Article("tech", headline, "body")] * 2, tmp_path / "unseen.jsonl")
    lines = (tmp_path / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"text": headline}] * 2


def test_the_corpus_is_words_alone_one_paragraph_a_line(tmp_path: Path) -> None:
    words = headlines.write_corpus(["It's GOOD.\n\n--\nNaïve_2!", "bad<br />film"], tmp_path / "new" / "corpus.txt")
    assert (tmp_path / "new" / "corpus.txt").read_text("utf-8") == "it s good\nnaïve 2\nbad film\n"
    assert words == 7


def test_counts() -> None:
    assert headlines.counts([*MANY[:2], Article("arts", "a", "b")]) == "     3 headlines: arts 1, tech 2"
