"""A file out of an archive that somebody else has made."""

import gzip
import os
import subprocess
import tarfile

import pytest
from smcontract import archives
from smcontract.errors import UserError

NEGATIVE = "(impossible size|a header of -512 bytes|invalid offset)"
"""What is said of a negative size; the last by tarfile itself, from Python 3.13.5 on."""


def packed(path, plain):
    path.write_bytes(gzip.compress(plain))
    return path


def header(name, size=0, kind=tarfile.REGTYPE):
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def read(path, name="v.txt"):
    with archives.member(path, name, path.name) as file:
        return file and file.read(archives.PIECE)


def test_a_file_is_found_by_its_name(tmp_path):
    path = packed(tmp_path / "x", header("other", 3) + bytes(512) + header("./v.txt", 3) + b"abc" + bytes(2000))
    assert read(path) == b"abc"
    assert read(path, "nothing") is None


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        (header("v.txt", 1 << 40), "impossible size, .*gzip expands at most 1032 times"),
        (header("v.txt", -512), NEGATIVE),
        (header("x", 1 << 20, tarfile.XHDTYPE), "a header of 1,048,576 bytes"),
        (header("x", -512, tarfile.XHDTYPE), NEGATIVE),
        (b"".join(header("x", 1, tarfile.GNUTYPE_LONGNAME) + bytes(512) for _ in range(3000)), "recursion"),
    ],
)
def test_what_is_made_to_hurt_is_refused(tmp_path, plain, said):
    with pytest.raises(UserError, match=rf"^x cannot be read as a tar\.gz archive \(.*{said}"):
        read(packed(tmp_path / "x", plain + bytes(1024)))


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_a_sparse_file_is_refused(tmp_path, form):
    with (tmp_path / "v.txt").open("wb") as file:
        file.truncate(1 << 40)
    pack = ["tar", f"--format={form}", "--sparse", "-czf", tmp_path / "x", "-C", tmp_path, "v.txt"]
    subprocess.run(pack, check=True)
    with pytest.raises(UserError, match=r"'v\.txt' is sparse"):
        read(tmp_path / "x")


def test_damage_behind_the_file_is_found(tmp_path):
    plain = header("v.txt", 3) + b"abc" + bytes(509) + header("rest", 100_000) + os.urandom(100_352) + bytes(1024)
    path = packed(tmp_path / "x", plain)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UserError, match="ended before the end-of-stream marker"):
        read(path)
