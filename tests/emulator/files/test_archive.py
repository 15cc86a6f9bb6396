"""Archives: the same bytes from the same files, and no way out of the folder."""

import gzip
import io
import os
import re
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from emulator.errors import EmulatorError
from emulator.files import archive


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


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A member's header that says any size."""
    member = tarfile.TarInfo(name)
    member.type = kind
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


def refused(path: Path, plain: bytes) -> str:
    """The sentence with which an archive of this content is refused, within half a minute."""
    path.with_name("x.tar.gz").write_bytes(gzip.compress(plain))
    said: list[str] = []

    def unpack() -> None:
        try:
            archive.unpack(path.with_name("x.tar.gz"), path.with_name("out"))
        except EmulatorError as error:
            said.append(str(error))

    thread = threading.Thread(target=unpack, daemon=True)
    thread.start()
    thread.join(30)
    assert said
    return said[0]


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_sparse_files_are_refused(tmp_path: Path, form: str) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    pack = ["tar", f"--format={form}", "--sparse", "-czf", tmp_path / "x.tar.gz", "-C", tmp_path, "sparse"]
    subprocess.run(pack, check=True)
    with pytest.raises(EmulatorError, match=r"holds 'sparse' as a sparse file: pack it without --sparse"):
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_more_than_gzip_can_hold_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "x", header("large", 1 << 40) + bytes(1024))
    assert "claims more than 1,099,511,627,776 bytes, but gzip expands at most 1032 times" in said
    assert not list((tmp_path / "out").iterdir())


def test_an_honest_archive_of_zeros_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "zeros").write_bytes(bytes(20_000_000))
    archive.pack(tmp_path / "in", tmp_path / "x.tar.gz")
    assert (tmp_path / "x.tar.gz").stat().st_size < 25_000
    archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "zeros").stat().st_size == 20_000_000


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    assert "holds more than 3 files and folders: pack fewer" in refused(
        tmp_path / "x", b"".join(header(str(number)) for number in range(4)) + bytes(1024)
    )


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        (header("long", 1 << 30, tarfile.GNUTYPE_LONGNAME), "a header of 1,073,741,824 bytes, outside the allowed"),
        (header("pax", 20_000, tarfile.XHDTYPE) + bytes(20_480), "a header of 20,480 bytes, outside the allowed"),
        (header("back", -1024), "(bytes|invalid offset)"),  # old tarfiles would read the same header for ever
        (header("back", -1024, tarfile.XHDTYPE), "(a header of -1,024 bytes|invalid offset)"),
        (b"".join(header("long", 1, tarfile.GNUTYPE_LONGNAME) + bytes(512) for _ in range(3000)), "recursion"),
        (header("a") + header("a/b"), "cannot be unpacked at 'a/b'"),
        (header("."), "cannot be unpacked at '.'"),
    ],
)  # fmt: skip
def test_headers_made_to_hurt(tmp_path: Path, plain: bytes, said: str) -> None:
    assert re.search(said, refused(tmp_path / "x", plain + bytes(1024)))


def test_damage_within_the_compressed_data(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(os.urandom(1000) * 100)
    archive.pack(tmp_path / "in", tmp_path / "x.tar.gz")
    content = bytearray((tmp_path / "x.tar.gz").read_bytes())
    content[200:260] = b"\xff" * 60
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(EmulatorError, match=r"x\.tar\.gz is not a whole tar\.gz archive"):
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")


def test_every_user_may_read_what_is_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        for name, mode in (("deep/private", 0o600), ("program", 0o700)):
            member = tarfile.TarInfo(name)
            member.mode = mode
            tar.addfile(member)
    before = os.umask(0o077)
    try:
        archive.unpack(tmp_path / "x.tar.gz", tmp_path / "out")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").rglob("*")}
    assert modes == {"deep": 0o755, "private": 0o644, "program": 0o755}
