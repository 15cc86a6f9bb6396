"""Streaming readers of labelled text: CSV, JSON Lines, plain text. They hold one record at a time.

Text is UTF-8, with or without a byte order mark, plain or compressed with gzip. Blank lines are skipped. They do not
guess formats, know which labels are valid or clean text.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from textprep import jsonvalue
from textprep.characters import scalars
from textprep.errors import DataError
from textprep.textfile import open_text

MAX_RECORD_BYTES = 2 * 2**20
"""Largest record: a review of 1 MiB with quotes doubled and a label fits; no more is read at once."""

_BOM = b"\xef\xbb\xbf"


class Record(NamedTuple):
    """A text, its label (None where the format has none) and where it stands, like `reviews.csv line 17`.

    Both are made of whole characters, see `characters.scalars`.
    """

    label: str | None
    text: str
    position: str


def read_csv(
    paths: Iterable[Path], *, header: bool = False, max_record_bytes: int = MAX_RECORD_BYTES
) -> Iterator[Record]:
    """Yield the records of CSV files (RFC 4180): label, then text. With `header` the first row of each is left out.

    Raises `DataError`, naming file and line, for any record that is not exactly that.
    """
    csv.field_size_limit(max(csv.field_size_limit(), max_record_bytes))  # of the whole process; 128 KiB unless raised
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        rows = csv.reader(lines, strict=True)
        is_header = header
        while True:
            lines.start_record()
            try:
                row = next(rows, None)
            except csv.Error as error:
                raise DataError(
                    f"{lines.position}: not valid CSV ({error}); close every quote, and double quotes inside a text"
                ) from None
            if row is None:
                break
            if not row or not (row[1:] or row[0].strip()):
                continue
            if is_header:
                is_header = False
                continue
            if len(row) != 2:
                raise DataError(
                    f"{lines.position}: {len(row)} column{'s' * (len(row) > 1)} instead of 2, label and text; "
                    "put the text in double quotes if it has commas"
                )
            yield _record(row[0], row[1], lines.position)


def read_jsonlines(paths: Iterable[Path], *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the records of JSON Lines files: objects with `label` (string or integer) and `text`.

    Raises `DataError`, naming file and line, for any line that is not such an object.
    """
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        for line in lines:
            if line.strip():
                yield _from_json(line, lines.position)
            lines.start_record()


def read_text(paths: Iterable[Path], *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield one record without label for each line. Raises `DataError`, naming file and line, for one not in UTF-8."""
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        for line in lines:
            if line.strip():
                yield _record(None, line.rstrip("\r\n"), lines.position)
            lines.start_record()


class _Lines:
    """The lines of a file as text, with their ends, and the position of the record that they make up."""

    def __init__(self, path: Path, max_record_bytes: int) -> None:
        self._path = path
        self._limit = max_record_bytes
        self._line = 0
        self._lines = self._read()
        self.start_record()

    def start_record(self) -> None:
        self.position = f"{self._path.name} line {self._line + 1}"
        self._left = self._limit

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self) -> Iterator[str]:
        with open_text(self._path) as file:
            while line := file.readline(self._left + 1):
                self._left -= len(line)
                if not self._line:
                    line = line.removeprefix(_BOM)
                if self._left < 0:
                    raise DataError(
                        f"{self.position}: the record is larger than {self._limit:,} bytes; shorten it, "
                        "or look for a quote that is never closed"
                    )
                self._line += 1
                yield self._decode(line)

    def _decode(self, line: bytes) -> str:
        here = f"{self._path.name} line {self._line}"
        if b"\0" in line:
            raise DataError(f"{here}: a NUL character; is this a text file? Remove it, or save the file as UTF-8")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{here}: byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None


def _from_json(line: str, position: str) -> Record:
    try:
        item = jsonvalue.loads(line)
    except ValueError as error:
        raise DataError(f'{position}: not JSON ({error}); each line must be {{"label": ..., "text": "..."}}') from None
    if not isinstance(item, dict) or not {"label", "text"} <= item.keys():
        raise DataError(f'{position}: needs the keys "label" and "text", as in {{"label": "pos", "text": "..."}}')
    label, text = item["label"], item["text"]
    if not isinstance(text, str) or not isinstance(label, str | int) or isinstance(label, bool):
        raise DataError(f"{position}: the label must be a string or an integer and the text a string")
    return _record(str(label), text, position)


def _record(label: str | None, text: str, position: str) -> Record:
    if label is not None and not label.strip():
        raise DataError(f"{position}: the label is missing; each record needs a label and a text")
    if not text.strip():
        raise DataError(f"{position}: the text is empty; remove the record or give it a text")
    return Record(label if label is None else scalars(label), scalars(text), position)
