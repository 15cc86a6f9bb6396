"""Contents of objects on their way between requests, moto and files: never whole in memory."""

import hashlib
import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1 << 20


class Content(mmap.mmap):
    """The bytes of a file, read when they are needed. They stay readable after the file has been removed."""

    def __iter__(self) -> Iterator[bytes]:  # type: ignore[override]  # pieces, not single bytes
        for start in range(0, len(self), CHUNK_BYTES):
            yield self[start : start + CHUNK_BYTES]


@dataclass(frozen=True)
class ContentFile:
    """A file that was written whole: its size in bytes, and its MD5 in hexadecimal digits."""

    path: Path
    size: int
    md5: str


def read(path: Path) -> Content | bytes:
    """Return a file's content; an empty file cannot be mapped."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return b""
        return Content(file.fileno(), 0, access=mmap.ACCESS_READ)


def write(path: Path, chunks: Iterable[bytes]) -> ContentFile:
    """Write a new file. When `chunks` or the disk fail, nothing of it is left."""
    md5 = hashlib.md5(usedforsecurity=False)
    with path.open("xb") as file:
        try:
            for chunk in chunks:
                file.write(chunk)
                md5.update(chunk)
            file.flush()
        except BaseException:
            path.unlink()
            raise
        return ContentFile(path, file.tell(), md5.hexdigest())


def chunks(path: Path) -> Iterator[bytes]:
    """The content of a file, piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
