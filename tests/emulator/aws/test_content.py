import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.aws import content


def test_written_and_read(tmp_path: Path) -> None:
    written = content.write(tmp_path / "file", [b"some ", b"", b"words"])
    assert written == content.ContentFile(tmp_path / "file", 10, hashlib.md5(b"some words").hexdigest())
    read = content.read(written.path)
    assert (len(read), read[5:7], b"".join(read)) == (10, b"wo", b"some words")  # type: ignore[arg-type]
    assert list(content.chunks(written.path)) == [b"some words"]


def test_nothing_in_it(tmp_path: Path) -> None:
    written = content.write(tmp_path / "file", [])
    assert (written.size, content.read(written.path), list(content.chunks(written.path))) == (0, b"", [])


def test_in_pieces(tmp_path: Path) -> None:
    written = content.write(tmp_path / "file", [bytes(content.CHUNK_BYTES), b"end"])
    for pieces in (content.read(written.path), content.chunks(written.path)):
        assert [len(piece) for piece in pieces] == [content.CHUNK_BYTES, 3]  # type: ignore[arg-type]


def test_readable_after_it_was_removed(tmp_path: Path) -> None:
    written = content.write(tmp_path / "file", [b"words"])
    read = content.read(written.path)
    written.path.unlink()
    assert list(read) == [b"words"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        content.write(tmp_path / "file", broken())
    assert not list(tmp_path.iterdir())


def test_an_earlier_file_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("earlier")
    with pytest.raises(FileExistsError):
        content.write(tmp_path / "file", [b"new"])
    assert (tmp_path / "file").read_text() == "earlier"
