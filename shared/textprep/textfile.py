"""Opens files of text to be read as a stream: plain, or compressed with gzip. Anything else is named and refused.

A name or the first bytes say that a file is gzip's; nothing else is guessed, and nothing is unpacked to disk.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from textprep.errors import DataError

SUFFIX = ".gz"
_GZIP = b"\x1f\x8b"
_HEAD = 512  # bytes: enough to find what is in a tar archive or an Office document

# Beginnings that UTF-8 text cannot have; plausible first letters are followed by bytes that cannot follow in text.
_OTHERS = (
    (b"\xff\xfe\0\0", "text in UTF-32"),
    (b"\0\0\xfe\xff", "text in UTF-32"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"BZh91AY&SY", "compressed with bzip2"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"PAR1\x15", "a Parquet file"),
    (b"ORC\x08", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"\x0a\x23\xd7\xce", "in RecordIO format"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word document"),
    (b"%PDF-1.", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
)


@contextmanager
def open_text(path: Path) -> Iterator[IO[bytes]]:
    """Yield the bytes of a text, decompressed if need be; memory does not grow with the file.

    Raises DataError for a file that is compressed otherwise or not text at all, and for one of gzip that is damaged,
    even where that shows only while the caller reads.
    """
    with path.open("rb") as file:
        is_gzip = file.peek(2)[:2] == _GZIP
        if not is_gzip and path.name.lower().endswith(SUFFIX):
            raise DataError(
                f"{path.name} has the name of a gzip file but is not one: rename it, or compress it with gzip"
            )
        if not is_gzip:
            _check(file, path.name)
            yield file
            return
        try:
            with gzip.open(file) as plain:
                _check(plain, f"what {path.name} holds, compressed with gzip,")
                yield cast(IO[bytes], plain)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{path.name} is compressed with gzip and damaged or cut off ({error}): upload it again"
            ) from None


def _check(file: BufferedReader | gzip.GzipFile, name: str) -> None:
    """Refuse what the first bytes say is not a text."""
    head = file.peek(_HEAD)[:_HEAD]
    form = next((form for start, form in _OTHERS if head.startswith(start)), None)
    if form == "a ZIP archive" and b"[Content_Types].xml" in head:
        form = "an Office document, such as an Excel workbook"
    if head.startswith((b"GIF87a", b"GIF89a")) and b"\0" in head[:16]:  # the letters alone may begin a text
        form = "a GIF image"
    if head[257:262] == b"ustar":
        form = "a tar archive"
    if head.startswith(_GZIP):
        form = "compressed with gzip once more"
    if form:
        raise DataError(f"{name} is {form}: give text in UTF-8, plain or compressed with gzip")
