"""model.tar.gz and output.tar.gz: packed to the same bytes from the same files, unpacked without trust.

Only regular files and folders: SageMaker hosting asks for archives without symbolic links.
"""

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from emulator.errors import EmulatorError
from emulator.files.untrusted import Entry, Folder

MAX_EXPANSION = 1032
"""Bytes that one byte of gzip can stand for at most: two bits for 258 bytes (zlib.net/zlib_tech.html)."""

MAX_MEMBERS = 100_000
"""Files and folders of an archive: each takes an inode, of which a disk has fewer than room for 512 bytes of header."""

MAX_READ_BYTES = 16_384
"""What tarfile may read at once. It reads an extended header whole; a path and its like have at most 4,096 bytes."""


def pack(folder: Path, archive: Path) -> None:
    """Write everything in `folder` to `archive`; see `write`."""
    with Folder(folder) as opened:
        write(opened.walk(), archive)


def write(entries: Iterable[Entry], archive: Path) -> None:
    """Write entries to `archive`, without a wrapping folder: zero times, owner 0. They come sorted.

    Raises EmulatorError for anything that is neither a file nor a folder; `archive` appears whole or not at all.
    """
    part = archive.with_name(f".{archive.name}.part")
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for entry in entries:
                _add(tar, entry)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    member = tarfile.TarInfo(entry.name)
    if entry.is_folder:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
        return
    if not entry.is_file:
        raise EmulatorError(
            f"{entry.name} is neither a file nor a folder: an archive must not contain links; write a copy"
        )
    with entry.open() as content:
        status = os.fstat(content.fileno())
        member.mode, member.size = _mode(status.st_mode), status.st_size
        tar.addfile(member, content)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of `archive` into `folder`, for everyone to read.

    EmulatorError for links, devices, sparse files, names that lead outside, for more than the archive's own size can
    hold or the disk has room for, and for what is not a tar.gz archive at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limit = archive.stat().st_size * MAX_EXPANSION
    try:
        with _Plain(archive) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
            size = 0
            for number, member in enumerate(tar, start=1):
                if number > MAX_MEMBERS:
                    raise EmulatorError(f"{archive} holds more than {MAX_MEMBERS:,} files and folders: pack fewer")
                _check(member, archive)
                size += member.size
                if size > limit:
                    raise EmulatorError(
                        f"{archive} claims more than {size:,} bytes, but gzip expands at most {MAX_EXPANSION} "
                        f"times, to {limit:,}: it is damaged, or made to fill a disk"
                    )
                _extract(tar, member, folder, archive)
            while plain.read(MAX_READ_BYTES):  # to the end, where the checksum is
                pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, ValueError, RecursionError) as error:
        raise EmulatorError(f"{archive} is not a whole tar.gz archive: {error}") from error


class _Plain(gzip.GzipFile):
    """An archive's content. An extended header is read whole, so that its size has a limit; one below 0 is an endless
    loop of tarfile's.
    """

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= MAX_READ_BYTES:
            raise tarfile.ReadError(f"a header of {size:,} bytes, outside the allowed 0 to {MAX_READ_BYTES:,}")
        return super().read(size)


def _check(member: tarfile.TarInfo, archive: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or not (member.isreg() or member.isdir()):
        raise EmulatorError(f"{archive} holds {member.name!r}, not a file or folder inside it: pack it without links")
    if member.issparse():
        raise EmulatorError(f"{archive} holds {member.name!r} as a sparse file: pack it without --sparse")
    if member.size < 0:
        raise tarfile.ReadError(f"{member.name!r} has {member.size:,} bytes")


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, archive: Path) -> None:
    target = folder / member.name
    try:
        _make_folder(target if member.isdir() else target.parent, folder)
        if member.isdir():
            return
        free = shutil.disk_usage(folder).free
        if member.size > free:
            raise EmulatorError(
                f"No space left on device: {archive} holds {member.name!r} of {member.size:,} bytes, and {folder} has "
                f"room for {free:,}"
            )
        content = tar.extractfile(member)
        if content is not None:
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file, MAX_READ_BYTES)
            target.chmod(_mode(member.mode))
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise EmulatorError(f"{archive} cannot be unpacked at {member.name!r}: {error.strerror or error}") from error


def _make_folder(target: Path, folder: Path) -> None:
    """Make a folder and those above it, for everyone to read: a container may run as any user."""
    if target != folder and not target.is_dir():
        _make_folder(target.parent, folder)
        target.mkdir()
        target.chmod(0o755)


def _mode(mode: int) -> int:
    return 0o755 if mode & 0o100 else 0o644
