"""Folders that a container may have changed: opened, listed, read and removed without following a link.

Each step opens one name relative to a descriptor (openat with O_NOFOLLOW), and what was opened says what it is, so what
is swapped meanwhile leads nowhere. What is above a folder's anchor is the emulator's own and not checked. Hard links
cannot be told from files: a container can make none to a file outside its mount.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from emulator.errors import EmulatorError

MAX_NAME_BYTES = 4096
"""Of a path below a folder: PATH_MAX of Linux, more than S3's 1,024 bytes of a key."""

CHUNK_BYTES = 1 << 20
_LINK = (errno.ELOOP, errno.EMLINK)  # what open says to a link; the other is BSD's
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = _FILE | os.O_DIRECTORY
_KINDS = MappingProxyType({
    stat.S_IFLNK: "a link", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder",
    stat.S_IFREG: "a file",
})  # fmt: skip


class FolderError(EmulatorError):
    """What was left in a folder cannot be taken from it."""


@dataclass(frozen=True)
class Entry:
    """What a folder holds under `name`, relative to it; `status` is its own, not that of what a link leads to."""

    folder: "Folder"
    name: str
    status: os.stat_result

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.status.st_mode)

    @property
    def kind(self) -> str:
        """What it is, such as "a FIFO"."""
        return kind(self.status)

    @property
    def shown(self) -> str:
        """The name for people, also where it is not UTF-8."""
        return os.fsencode(self.name).decode("utf-8", "replace")

    @property
    def key(self) -> str:
        """The name as the end of a key of S3, which is UTF-8; FolderError when it is not."""
        if self.shown != self.name:
            raise FolderError(f"{self.shown} has a name that is not UTF-8, as S3 keys must be: use another name")
        return self.name

    def open(self) -> BinaryIO:
        """Open the file, see Folder.open."""
        return self.folder.open(self.name)

    def chunks(self) -> Iterator[bytes]:
        """The file's content, piece by piece: no more than it has when it is opened, however it grows."""
        with self.open() as file:
            left = os.fstat(file.fileno()).st_size
            while chunk := file.read(min(left, CHUNK_BYTES)):
                left -= len(chunk)
                yield chunk


class Folder:
    """The folder `inside` of `anchor`, held open; a context manager. Only the anchor itself may be reached by links.

    Raises FolderError when it, or a folder between the two, is a link or not a folder, FileNotFoundError.
    """

    def __init__(self, anchor: Path, inside: str = ""):
        self._shown = ""
        self._descriptor = os.open(anchor, os.O_RDONLY | os.O_DIRECTORY)
        if inside:
            outer = self._descriptor
            try:
                self._descriptor = self._descend(inside)
            finally:
                os.close(outer)
            self._shown = f"{inside}/"
        system = os.fstatvfs(self._descriptor)
        self._capacity = system.f_blocks * system.f_frsize  # 0: unlimited

    def walk(self, changing: bool = False) -> Iterator[Entry]:
        """Yield everything below, each folder before what it holds, by name. Links are not followed.

        With `changing` what vanishes, is swapped or may not be read is left out; otherwise that raises OSError or
        FolderError. FolderError for a path too long, and for files larger together than their disk: they are sparse.
        """
        pending = self._entries("", changing)
        size = 0
        while pending:
            entry = pending.pop()
            if entry.is_file:
                size += entry.status.st_size
                self._check_size(entry.shown, size)
            yield entry
            if entry.is_folder:
                pending += self._entries(entry.name, changing)

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading. FolderError when it is anything else by now, FileNotFoundError, PermissionError."""
        above, _, base = name.rpartition("/")
        parent = self._descend(above)
        try:
            opened = os.open(base, _FILE, dir_fd=parent)
        except OSError as error:
            if error.errno in (errno.ENXIO, *_LINK):  # a socket, or a link
                raise FolderError(f"{name} is {_kind_of(base, parent)}, not a file") from None
            raise
        finally:
            os.close(parent)
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            os.close(opened)
            raise FolderError(f"{name} is {kind(status)}, not a file")
        file = os.fdopen(opened, "rb")
        try:
            self._check_size(name, status.st_size)
        except FolderError:
            file.close()
            raise
        return file

    def _entries(self, name: str, changing: bool) -> list[Entry]:
        """What a folder below holds, the last name first."""
        found = []
        try:
            descriptor = self._descend(name)
        except (FileNotFoundError, PermissionError, FolderError):
            if not changing:
                raise
            return []
        try:
            with os.scandir(descriptor) as listed:
                for each in listed:
                    with suppress(FileNotFoundError):  # removed meanwhile
                        status = each.stat(follow_symlinks=False)
                        found.append(Entry(self, f"{name}/{each.name}" if name else each.name, status))
        finally:
            os.close(descriptor)
        for entry in found:
            if len(os.fsencode(entry.name)) > MAX_NAME_BYTES:
                raise FolderError(f"{entry.shown[:100]}... has a path over {MAX_NAME_BYTES:,} bytes: use shorter names")
        return sorted(found, key=lambda entry: entry.name, reverse=True)

    def _descend(self, name: str) -> int:
        """Open a folder below, one name after the other."""
        current, walked = os.dup(self._descriptor), self._shown
        for part in filter(None, name.split("/")):
            walked += part
            try:
                following = os.open(part, _FOLDER, dir_fd=current)
            except OSError as error:
                if error.errno in (errno.ENOTDIR, *_LINK):
                    what = _kind_of(part, current)
                    raise FolderError(
                        f"{walked} is {what}, not a folder, and links are not followed: keep it a folder"
                    ) from None
                raise
            finally:
                os.close(current)
            current, walked = following, f"{walked}/"
        return current

    def _check_size(self, name: str, size: int) -> None:
        if 0 < self._capacity < size:
            raise FolderError(
                f"with {name} the files have {size:,} bytes, but the whole disk holds {self._capacity:,}: they are "
                "sparse; write files without holes"
            )

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def kind(status: os.stat_result) -> str:
    """What a status is of, such as "a link"."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "a device")


def _kind_of(name: str, folder: int) -> str:
    try:
        return kind(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return "gone"
