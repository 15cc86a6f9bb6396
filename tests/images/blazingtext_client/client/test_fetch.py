import tarfile

import pytest
from blazingtext_client.client.fetch import embeddings
from smcontract.errors import UserError
from textprep.embeddings import read_word2vec
from textprep.errors import DataError

from .conftest import VECTORS


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["vectors.txt", "./vectors.txt"])
def test_the_vectors_come_out_as_they_are(archive, tmp_path, name):
    model = archive({"vectors.bin": b"\0" * 3000, "eval.json": b"{}", name: VECTORS})
    assert embeddings(model, tmp_path / "out.txt") == (3, 2)
    assert (tmp_path / "out.txt").read_bytes() == VECTORS
    with (tmp_path / "out.txt").open("rb") as file:
        assert read_word2vec(file, "out.txt").words == ["the", "film", "café"]
    assert left(tmp_path) == ["model.tar.gz", "out.txt"]


def test_other_names_in_the_archive_are_never_written(archive, tmp_path):
    model = archive({"../outside": b"x", "/tmp/absolute": b"x", "sub/vectors.txt": b"bad", "vectors.txt": VECTORS})
    assert embeddings(model, tmp_path / "out.txt").words == 3
    assert left(tmp_path) == ["model.tar.gz", "out.txt"]
    assert not (tmp_path.parent / "outside").exists()


def test_an_archive_without_vectors_is_refused(archive, tmp_path):
    with pytest.raises(UserError, match=r"model.tar.gz does not contain vectors.txt: .* supervised does not write it"):
        embeddings(archive({"model.bin": b"x"}), tmp_path / "out.txt")
    assert left(tmp_path) == ["model.tar.gz"]


def test_a_folder_that_is_not_there_is_named(archive, tmp_path):
    with pytest.raises(UserError, match=r"cannot write .*nowhere/out.txt: No such file or directory"):
        embeddings(archive({"vectors.txt": VECTORS}), tmp_path / "nowhere" / "out.txt")


@pytest.mark.parametrize("kept", [10, 100])
def test_a_damaged_archive_is_refused(archive, tmp_path, kept):
    model = archive({"vectors.txt": b"100000 2\n" + b"".join(b"w%d 1 2\n" % n for n in range(100_000))})
    model.write_bytes(model.read_bytes()[: len(model.read_bytes()) * kept // 101])
    with pytest.raises(UserError, match=r"cannot be read as a tar.gz archive"):
        embeddings(model, tmp_path / "out.txt")
    assert left(tmp_path) == ["model.tar.gz"]


def test_a_changed_byte_is_found_by_the_checksum(tmp_path):
    (tmp_path / "vectors.txt").write_bytes(VECTORS)
    model = tmp_path / "model.tar.gz"
    with tarfile.open(model, "w:gz", compresslevel=0) as tar:
        tar.add(tmp_path / "vectors.txt", "vectors.txt")
    content = model.read_bytes()
    assert content.count(b"the 0.5 ") == 1
    model.write_bytes(content.replace(b"the 0.5 ", b"the 0.6 "))
    with pytest.raises(UserError, match=r"cannot be read as a tar.gz archive .CRC check failed"):
        embeddings(model, tmp_path / "out.txt")
    assert left(tmp_path) == ["model.tar.gz", "vectors.txt"]


def test_a_folder_called_vectors_is_not_a_file_of_them(tmp_path):
    (tmp_path / "vectors.txt").mkdir()
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "vectors.txt", "vectors.txt")
    with pytest.raises(UserError, match=r"does not contain vectors.txt"):
        embeddings(tmp_path / "model.tar.gz", tmp_path / "out.txt")


def test_what_is_no_archive_and_what_is_not_there_are_refused(tmp_path):
    (tmp_path / "model.tar.gz").write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(UserError, match=r"cannot be read as a tar.gz archive"):
        embeddings(tmp_path / "model.tar.gz", tmp_path / "out.txt")
    with pytest.raises(UserError, match=f"cannot read {tmp_path}: Is a directory"):
        embeddings(tmp_path, tmp_path / "out.txt")
    with pytest.raises(UserError, match=r"cannot read .*other.tar.gz: No such file or directory; check"):
        embeddings(tmp_path / "other.tar.gz", tmp_path / "out.txt")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"2 2\nthe 1 2\n", "announces 2 words, but only 1 follow"), (b"1 2\nthe 1\n", "1 numbers after the word")],
)
def test_vectors_that_are_not_what_they_say_are_refused(archive, tmp_path, content, sentence):
    with pytest.raises(DataError, match=f"model.tar.gz: vectors.txt.*{sentence}"):
        embeddings(archive({"vectors.txt": content}), tmp_path / "out.txt")
    assert left(tmp_path) == ["model.tar.gz"]
