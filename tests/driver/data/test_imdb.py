"""The Large Movie Review Dataset: read from the archive and from its folder; refused when a part is missing."""

import csv
import tarfile
from pathlib import Path

import pytest

from driver.data import imdb
from driver.errors import DriverError

ROWS = [("neg", "Bad."), ("neg", 'Very "bad".'), ("pos", "Good."), ("pos", "So good,\nreally.")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As in the archive, with two reviews of each kind, and files beside them that are no labelled reviews."""
    root = tmp_path / "aclImdb"
    for half in ("train", "test"):
        for number, (label, text) in enumerate(ROWS):
            (root / half / label).mkdir(parents=True, exist_ok=True)
            (root / half / label / f"{number}_1.txt").write_text(text)
        (root / half / "urls_neg.txt").write_text("a URL")
    (root / "train" / "unsup").mkdir()
    (root / "train" / "unsup" / "0_0.txt").write_text("unlabelled")
    return root


@pytest.fixture
def archive(folder: Path) -> Path:
    path = folder.with_name("aclImdb_v1.tar.gz")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, "aclImdb")
    return path


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_both_halves_are_written(request: pytest.FixtureRequest, tmp_path: Path, source: str) -> None:
    counts = imdb.prepare(request.getfixturevalue(source), tmp_path / "new", reviews=2)
    assert counts == {"reviews to train": 4, "reviews to test": 4}
    with (tmp_path / "new" / "train" / "reviews.csv").open(newline="") as file:
        assert sorted(csv.reader(file)) == sorted(map(list, ROWS))


def test_a_part_of_it_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "test" / "pos" / "2_1.txt").unlink()
    with pytest.raises(DriverError, match="half test has 2 reviews neg and 1 pos, and 2 of each were expected; get it"):
        imdb.prepare(folder, tmp_path / "new", reviews=2)
