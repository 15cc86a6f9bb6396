import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from driver.aws.target import Target
from driver.errors import DriverError
from driver.trying import vectors
from driver.trying.vectors import Vectors

SMALL = Vectors(["east", "north", "west"], np.asarray([[1, 0], [0, 1], [-1, 0]], np.float32))


def archive(path: Path, **files: bytes) -> Path:
    with tarfile.open(path, "w:gz") as target:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("_", "."))
            entry.size = len(content)
            target.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("king", [(1, "king")]),
        ("king - man + woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("king -man\n\N{MINUS SIGN} boy", [(1, "king"), (-1, "man"), (-1, "boy")]),
        ("co-operative north-west", [(1, "co-operative"), (1, "north-west")]),
        (" + - ", []),
    ],
)
def test_terms(text: str, expected: list[tuple[int, str]]) -> None:
    assert vectors.terms(text) == expected


def test_nearest_first_without_the_words_themselves() -> None:
    found = SMALL.near(np.asarray([0.8, 0.6], np.float32), {"east"})
    assert found == [("north", pytest.approx(0.6)), ("west", pytest.approx(-0.8))]
    assert SMALL.near(np.asarray([0.8, 0.6], np.float32), set(), most=1) == [("east", pytest.approx(0.8))]


def test_a_sum_is_of_vectors_of_length_1() -> None:
    found = vectors.total([(1, "a"), (-1, "b")], [{"vector": [3, 0]}, {"vector": [0, 0.5]}])
    assert found.tolist() == pytest.approx([0.5**0.5, -(0.5**0.5)])


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([[1, 0], [0, 0]], 'the model has no vector for "b": try another word'),
        ([[1, 0], [2, 0]], "the words cancel each other out"),
    ],
)
def test_sums_that_are_nothing(answers: list[list[float]], sentence: str) -> None:
    with pytest.raises(DriverError, match=sentence):
        vectors.total([(1, "a"), (-1, "b")], [{"vector": vector} for vector in answers])


def test_read(tmp_path: Path) -> None:
    found = vectors.read(archive(tmp_path / "m.tar.gz", vectors_txt=b"2 2\nfilm 3 4\nnull 0 0\n"))
    assert found.words == ["film", "null"]
    assert found.rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert found.rows.dtype == np.float32


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"model_bin": b""}, "the model has no vectors.txt"),
        ({"vectors_txt": b"1 2\nfilm 1 x\n"}, "vectors.txt cannot be read"),
        ({"vectors_txt": b"2 2\nfilm 1 2\ncup 1\n"}, "vectors.txt cannot be read"),
        ({"vectors_txt": b""}, "vectors.txt cannot be read"),
    ],
)
def test_a_bad_archive_is_a_sentence(tmp_path: Path, files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(DriverError, match=sentence):
        vectors.read(archive(tmp_path / "m.tar.gz", **files))
    (tmp_path / "m.tar.gz").write_bytes(b"\x1f\x8b\x08garbage")
    with pytest.raises(DriverError, match="cannot be read"):
        vectors.read(tmp_path / "m.tar.gz")


def test_fetch_finds_the_model_of_an_endpoint(target: Target) -> None:
    found = vectors.fetch(target, "words")
    assert "lunch" in found.words
    assert np.linalg.norm(found.rows, axis=1) == pytest.approx(1)
