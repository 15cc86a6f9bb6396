"""From the bytes of a file to its text: gzip and the encoding. What is not a table at all is named and refused."""

import gzip
import re
import zlib
from pathlib import Path

from driver.errors import ChoiceError, DriverError, quote

LARGEST = 1_000_000_000
"""Bytes of a file: it is held in memory, several times over."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with a byte order mark"),
    (b"\xff\xfe\0\0", "utf-32", "UTF-32"),
    (b"\0\0\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_CSV = "save it as CSV or .xlsx, and give that file"
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", "save it as .xlsx or CSV, and give that file"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV, and give that file"),
    (b"ARROW1\0\0", "an Arrow or Feather file", "write it with df.to_parquet, and give that file"),
    (b"\x89HDF", "an HDF5 file", "write the table with df.to_parquet, and give that file"),
    (b"ORC", "an ORC file", "write it with df.to_parquet, and give that file"),
    (b"%PDF", "a PDF document", _CSV),
    (b"{\\rtf", "an RTF document", _CSV),
    (b"BZh", "compressed with bzip2", "unpack it, and give the file in it"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it, and give the file in it"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it, and give the file in it"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it, and give the file in it"),
    (b"Rar!", "a RAR archive", "unpack it, and give the file in it"),
    (b"PK", "a ZIP archive", "unpack it, and give the file in it"),
)
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<table")
_ESCAPED = re.compile("[\udc80-\udcff]")
NOT_UTF8 = "a byte is not UTF-8: save the file as UTF-8, or name its encoding with --encoding"
_PICKLES = (".pkl", ".pickle", ".pck")


def content(path: Path) -> tuple[bytes, bool]:
    """Return a file's bytes, and whether it was compressed with gzip. Raises DriverError for what is not a table."""
    if path.suffix.lower() in _PICKLES:
        raise _pickle(path)
    if path.stat().st_size > LARGEST:
        raise DriverError(
            f"{path} has more than {LARGEST // 10**9} GB, which is too much to check here: split it, or write CSV of "
            "label and text without a header, upload it and give its s3:// URI"
        )
    data = path.read_bytes()
    is_gzip = data[:2] == b"\x1f\x8b"
    if is_gzip:
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DriverError(f"{path} is compressed with gzip and damaged ({error}): export it again") from error
    if not data.strip():
        raise DriverError(f"{path} is empty: export it again, and look at it in an editor")
    return data, is_gzip


def refuse_others(data: bytes, path: Path) -> None:
    """Raise DriverError when the first bytes say that this is neither text nor a table that can be read."""
    if data[:1] == b"\x80" and data[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        raise _pickle(path)
    if data[:2] == b"PK" and b"opendocument" in data[:200]:
        raise DriverError(f"{path} is an OpenDocument file: save it as .xlsx or CSV, and give that file")
    for start, form, remedy in _OTHERS:
        if data.startswith(start):
            raise DriverError(f"{path} is {form}: {remedy}")
    if data[257:262] == b"ustar":
        raise DriverError(f"{path} is a tar archive: unpack it, and give the folder")
    if data.lstrip()[:15].lower().startswith(_PAGES):
        raise DriverError(f"{path} is a web page or XML: {_CSV}")


def decode(data: bytes, path: Path, encoding: str | None) -> tuple[str, str]:
    """Return the text and the encoding's name. A byte that is not UTF-8, in a file that else is, becomes a surrogate.

    Raises DriverError when the bytes do not fit `encoding`, ChoiceError when the encoding cannot be told.
    """
    if encoding:
        try:
            return data.decode(encoding), encoding
        except LookupError:
            raise DriverError(f"no encoding is called {quote(encoding)}: try utf-8, cp1252, cp1251 or gbk") from None
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise DriverError(
                f"{path} line {line}: a byte is not {encoding}; leave out --encoding, or name another"
            ) from None
    for mark, codec, label in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(codec), label
            except UnicodeDecodeError as error:
                raise DriverError(f"{path} begins as {label} but is damaged ({error}): export it again") from None
    for codec, nul in (("utf-16-le", slice(1, 4000, 2)), ("utf-16-be", slice(0, 4000, 2))):
        sample = data[nul]
        if sample.count(0) > len(sample) / 2:
            return data.decode(codec, "replace"), "UTF-16 without a byte order mark"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _decode_others(data, path)


def is_damaged(text: str) -> bool:
    """Whether a piece of a decoded text has a byte that was not UTF-8."""
    return _ESCAPED.search(text) is not None


def _decode_others(data: bytes, path: Path) -> tuple[str, str]:
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    if not any(map(_is_utf8, lines)):
        is_western = sum(byte > 127 for byte in data) < len(data) / 8
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            is_western = False
        if is_western:
            word = next((word for word in text.split() if not word.isascii()), "a no-break space")
            return text, f"Windows-1252, as in {quote(word, 30)}"
        raise ChoiceError(
            f"{path} is not UTF-8, and its encoding cannot be told: name the one it was saved with",
            [["--encoding", name] for name in ("cp1251", "gbk", "shift_jis", "cp1250", "latin-1")],
        )
    return data.decode("utf-8", "surrogateescape"), "UTF-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _pickle(path: Path) -> DriverError:
    return DriverError(
        f"{path} is a pickle, which can run any code when it is opened, so it is not: in Python, "
        f"pandas.read_pickle({str(path)!r}).to_parquet({str(path.with_suffix('.parquet'))!r}), and give that file"
    )
