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
_WORD = "save it as text or CSV, and give that file"
_PARQUET = "write it with df.to_parquet, and give that file"
_UNPACK = "unpack it, and give the file in it"
_NO_TEXT = "give a table of texts, or a folder of nothing but texts"
# Plausible first letters are followed by bytes that cannot follow in text.
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", "save it as .xlsx or CSV, and give that file"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV, and give that file"),
    (b"ARROW1\0\0", "an Arrow or Feather file", _PARQUET),
    (b"\xff\xff\xff\xff", "an Arrow stream", _PARQUET),
    (b"\x89HDF\r\n", "an HDF5 file", "write the table with df.to_parquet, and give that file"),
    (b"ORC\x08", "an ORC file", _PARQUET),
    (b"ORC\x0a", "an ORC file", _PARQUET),
    (b"Obj\x01", "an Avro file", _PARQUET),
    (b"\x93NUMPY\x01", "a NumPy array", "save it as CSV, and give that file"),
    (b"%PDF-", "a PDF document", _CSV),
    (b"{\\rtf", "an RTF document", _CSV),
    (b"BZh91AY&SY", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ\0", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", _UNPACK),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", _UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (b"PK\x05\x06", "an empty ZIP archive", "export it again"),
    (b"\x89PNG\r\n", "a PNG image, not a text", _NO_TEXT),
    (b"\xff\xd8\xff", "a JPEG image, not a text", _NO_TEXT),
    (b"II*\0", "a TIFF image, not a text", _NO_TEXT),
    (b"MM\0*", "a TIFF image, not a text", _NO_TEXT),
    (b"ID3\x03", "MP3 audio, not a text", _NO_TEXT),
    (b"ID3\x04", "MP3 audio, not a text", _NO_TEXT),
    (b"\xff\xfb", "MP3 audio, not a text", _NO_TEXT),
    (b"OggS\0", "Ogg audio, not a text", _NO_TEXT),
    (b"fLaC\0", "FLAC audio, not a text", _NO_TEXT),
    (b"\x7fELF", "a program, not a text", _NO_TEXT),
)
_WITH_NUL = (
    (re.compile(b"GIF8[79]a"), "a GIF image"),
    (re.compile(b"RIFF....WEBP", re.DOTALL), "a WebP image"),
    (re.compile(b"RIFF....WAVE", re.DOTALL), "WAV audio"),
    (re.compile(b"....ftyp", re.DOTALL), "MP4 or HEIC, a video or an image"),
)
"""Beginnings that are all letters, of what has a NUL soon after."""

_IN_ZIP = (
    (b"word/document.xml", "a Word document", _WORD),
    (b"ppt/presentation.xml", "a PowerPoint presentation", _WORD),
)
_ENCODINGS = ("gb18030", "cp1251", "koi8_r", "latin-1")  # of which the last two have a sign for every byte
_USUAL = {"cp932": "shift_jis", "big5hkscs": "big5", "euc_jis_2004": "euc_jp", "euc_jisx0213": "euc_jp"}
_SAMPLE = 100_000  # bytes by which an encoding is told
_MOST_NAMED = 4
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
    for inner, form, remedy in _IN_ZIP:
        if data[:4] == b"PK\x03\x04" and inner in data:
            raise DriverError(f"{path} is {form}: {remedy}")
    for pattern, form in _WITH_NUL:
        if pattern.match(data) and b"\0" in data[:16]:
            raise DriverError(f"{path} is {form}, not a text: {_NO_TEXT}")
    for start, form, remedy in _OTHERS:
        if data.startswith(start):
            raise DriverError(f"{path} is {form}: {remedy}")
    if data[257:262] == b"ustar":
        raise DriverError(f"{path} is a tar archive: unpack it, and give the folder")


def refuse_pages(data: bytes, path: Path) -> None:
    """Raise DriverError for what begins as a web page or XML, which a table does not."""
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
    if 10 * sum(map(_is_utf8, lines)) < len(lines):  # a few lines in another encoding may by chance be UTF-8, too
        is_western = sum(byte > 127 for byte in data) < len(data) / 8
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            is_western = False
        if is_western:
            word = next((word for word in text.split() if not word.isascii()), "a no-break space")
            return text, f"Windows-1252, as in {quote(word, 30)}"
        likely = _likely(data)
        raise ChoiceError(
            f"{path} is not UTF-8, and its encoding cannot be told: it may be {likely[0]}, or else "
            f"{', '.join(likely[1:])}; name the one it was saved with",
            [["--encoding", name] for name in likely],
        )
    return data.decode("utf-8", "surrogateescape"), "UTF-8"


def _likely(data: bytes) -> list[str]:
    """Return encodings in which the bytes are a text, the likeliest first."""
    from charset_normalizer import from_bytes  # takes a tenth of a second

    sample = data[: data.rfind(b"\n", 0, _SAMPLE) + 1] or data[:_SAMPLE]
    found = [match.encoding for match in from_bytes(sample) if not match.encoding.startswith("mac_")]
    found = [_USUAL[name] if name in _USUAL and _fits(data, _USUAL[name]) else name for name in found]
    return [name for name in dict.fromkeys([*found, *_ENCODINGS]) if _fits(data, name)][:_MOST_NAMED]


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


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
