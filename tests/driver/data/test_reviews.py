"""Reviews from the package: split without a leak."""

from pathlib import Path

from driver.data import reviews
from driver.data.reviews import Review

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


def test_counts() -> None:
    assert reviews.counts(MANY) == " 5,100 reviews, 2,550 neg and 2,550 pos"


def test_prepared_as_the_channels_take_them(tmp_path: Path) -> None:
    path = tmp_path / reviews.PATH
    path.parent.mkdir(parents=True)
    rows = "".join(f"review {number},{number % 2},imdb\n" for number in range(5_100))
    path.write_text("text,label,source\n" + rows, encoding="utf-8")
    assert reviews.prepare(tmp_path, tmp_path / "new") == {"reviews to train": 100, "reviews to test": 5_000}
    assert (tmp_path / "new" / "train" / "reviews.csv").read_text().count("\n") == 100
