"""What is written can be read by whoever reads the images' channels."""

import csv
import json
import zipfile
from pathlib import Path

import pytest

from driver.data import files
from driver.errors import DriverError

TEXTS = ["plain", 'quotes " and, commas', "lines\nand\r\nmore", "Blair's £5bn film \U0001f600", " "]


@pytest.mark.parametrize("text", TEXTS)
def test_labelled_texts(tmp_path: Path, text: str) -> None:
    files.write_labelled([("pos", text)], tmp_path / "new" / "train.csv")
    with (tmp_path / "new" / "train.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["pos", text]]


@pytest.mark.parametrize("text", TEXTS)
def test_unlabelled_texts(tmp_path: Path, text: str) -> None:
    files.write_unlabelled([text, text], tmp_path / "new" / "unseen.jsonl")
    lines = (tmp_path / "new" / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"text": text}] * 2


def test_the_corpus_is_words_alone_one_paragraph_a_line(tmp_path: Path) -> None:
    words = files.write_corpus(["It's GOOD.\n\n--\nNaïve_2!", "bad<br />film"], tmp_path / "new" / "corpus.txt")
    assert (tmp_path / "new" / "corpus.txt").read_text("utf-8") == "it s good\nnaïve 2\nbad film\n"
    assert words == 7


def test_both_halves(tmp_path: Path) -> None:
    files.write_halves([("a", "one")], iter([("b", "two"), ("c d", "three")]), tmp_path, "texts")
    written = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {
        "train/texts.csv": "a,one\n",
        "test/texts.csv": "b,two\nc d,three\n",
        "unseen/texts.jsonl": '{"text": "two"}\n{"text": "three"}\n',
    }


def test_a_file_is_opened_in_an_archive_or_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"words")
    with zipfile.ZipFile(tmp_path / "text.zip", "w") as archive:
        archive.write(tmp_path / "text", "text")
    for source in (tmp_path / "text", tmp_path / "text.zip"):
        with files.open_source(source, "text") as file:
            assert file.read() == b"words"
    with (
        pytest.raises(DriverError, match=r"text\.zip holds no file other, so it is"),
        files.open_source(source, "other"),
    ):
        pass
