"""Headlines from the package: split without a leak."""

from pathlib import Path

import pytest

from driver.data import headlines
from driver.data.headlines import Article

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


def test_counts() -> None:
    assert headlines.counts([*MANY[:2], Article("arts", "a", "b")]) == "     3 headlines: arts 1, tech 2"


def test_prepared_as_the_channels_take_them(tmp_path: Path) -> None:
    folder = tmp_path / headlines.PATH / "tech"
    folder.mkdir(parents=True)
    for number in range(510):
        (folder / f"{number}.txt").write_text(f"A phone {number}\n\nIt rings {number}.\n")
    counts = headlines.prepare(tmp_path, tmp_path / "new")
    assert counts == {"headlines to train": 10, "headlines to test": 500, "words of corpus": 60}
    assert (tmp_path / "new" / "train" / "headlines.csv").read_text().startswith("tech,A phone ")
    assert len((tmp_path / "new" / "corpus" / "corpus.txt").read_text().splitlines()) == 20
