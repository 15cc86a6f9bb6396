"""One file of a tar.gz archive made elsewhere: nothing is unpacked, no link followed and no header believed."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from smcontract.errors import UserError

MAX_EXPANSION = 1032
"""Bytes that one byte of gzip can stand for at most: two bits for 258 bytes (zlib.net/zlib_tech.html)."""

MAX_MEMBERS = 100_000
"""Files and folders of an archive. Those of a model are a handful."""

PIECE = 16_384
"""Bytes to read at a time, at most. tarfile reads an extended header whole; a path has at most 4,096 bytes."""


@contextmanager
def member(archive: Path, name: str, shown: object) -> Iterator[IO[bytes] | None]:
    """Yield the archive's file `name`, to be read in pieces of up to `PIECE` bytes; None when it has none.

    At the end the rest is read, for the checksum. Raises UserError, which calls the archive `shown`, for one that is
    damaged, for a sparse file, for sizes beyond what the archive can hold; OSError when it cannot be read at all.
    """
    limit = archive.stat().st_size * MAX_EXPANSION
    try:
        with _Plain(archive) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
            yield _find(tar, name, limit)
            while plain.read(PIECE):
                pass
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, RecursionError) as error:
        raise UserError(f"{shown} cannot be read as a tar.gz archive ({error}): fetch it again") from None


def _find(tar: tarfile.TarFile, name: str, limit: int) -> IO[bytes] | None:
    size = 0
    for number, one in enumerate(tar, start=1):
        size += one.size
        if number > MAX_MEMBERS or one.size < 0 or size > limit or one.issparse():
            raise tarfile.ReadError(
                f"{one.name!r} is sparse, has an impossible size, or is one of over {MAX_MEMBERS:,} files; gzip "
                f"expands at most {MAX_EXPANSION} times"
            )
        if one.isfile() and one.name.removeprefix("./") == name:
            return tar.extractfile(one)
    return None


class _Plain(gzip.GzipFile):
    """An archive's content, whose extended headers have a limit; a size below 0 is an endless loop of tarfile's."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= PIECE:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return super().read(size)
