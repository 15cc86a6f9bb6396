"""Archives: the same bytes from the same files, and no way out of the folder."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from emulator import archive
from emulator.errors import EmulatorError


def tree(folder: Path) -> Path:
    (folder / "sub" / "empty").mkdir(parents=True)
    (folder / "b").write_bytes(b"two")
    (folder / "a").write_bytes(b"one")
    (folder / "sub" / "run").write_bytes(b"#!/bin/sh")
    (folder / "sub" / "run").chmod(0o755)
    return folder


def test_what_is_packed_comes_out_again(tmp_path: Path) -> None:
    archive.pack(tree(tmp_path / "in"), tmp_path / "x.tar.gz")
    archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    out = tmp_path / "out"
    assert (out / "a").read_bytes() == b"one"
    assert (out / "sub" / "empty").is_dir()
    assert os.access(out / "sub" / "run", os.X_OK)
    assert not (out / "a").stat().st_mode & 0o111


def test_no_folder_wraps_the_files_and_names_are_sorted(tmp_path: Path) -> None:
    archive.pack(tree(tmp_path / "in"), tmp_path / "x.tar.gz")
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        assert tar.getnames() == ["a", "b", "sub", "sub/empty", "sub/run"]


def test_bytes_depend_on_the_content_alone(tmp_path: Path) -> None:
    archive.pack(tree(tmp_path / "one"), tmp_path / "one.tar.gz")
    later = tree(tmp_path / "two")
    for path in later.rglob("*"):
        os.utime(path, (1, 1))
    (later / "a").chmod(0o600)
    archive.pack(later, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_a_link_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = tree(tmp_path / "in")
    (folder / "sub" / "link").symlink_to("/etc/passwd")
    with pytest.raises(EmulatorError, match="sub/link is neither a file nor a folder"):
        archive.pack(folder, tmp_path / "x.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../evil", tarfile.REGTYPE), ("/evil", tarfile.REGTYPE), ("a/../../evil", tarfile.REGTYPE),
     ("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("device", tarfile.CHRTYPE)],
)  # fmt: skip
def test_nothing_is_unpacked_outside_the_folder(tmp_path: Path, name: str, kind: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "../evil"
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        tar.addfile(member, io.BytesIO())
    with pytest.raises(EmulatorError, match="pack it without links"):
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert not (tmp_path / "evil").exists()
    assert not any(tmp_path.rglob("link"))


@pytest.mark.parametrize("content", [b"", b"plain text", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(EmulatorError, match=r"x\.tar\.gz is not a whole tar\.gz archive"):
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")


def test_an_archive_cut_short_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_bytes(os.urandom(100_000))
    archive.pack(folder, tmp_path / "x.tar.gz")
    whole = (tmp_path / "x.tar.gz").read_bytes()
    (tmp_path / "x.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EmulatorError, match="not a whole"):
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
