"""Streaming readers of labelled text: CSV, JSON Lines, plain text. They hold one record at a time.

Text is UTF-8, with or without a byte order mark, plain or compressed with gzip. Blank lines are skipped. They do not
guess formats, know which labels are valid or clean text.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from textprep import jsonvalue
from textprep.characters import scalars
from textprep.errors import DataError
from textprep.textfile import open_text

MAX_RECORD_BYTES = 2 * 2**20
"""Largest record: a review of 1 MiB with quotes doubled and a label fits; no more is read at once."""

_BOM = b"\xef\xbb\xbf"
_NAMED = 20  # lines of bad records, besides that of the first

Item = TypeVar("Item", str, list[str])


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

    Raises `DataError` at the first record that is not exactly that: it names file and line, and the lines of all other
    such records in the file.
    """
    csv.field_size_limit(max(csv.field_size_limit(), max_record_bytes))  # of the whole process; 128 KiB unless raised
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        yield from _without_errors(_records(lines, csv.reader(lines, strict=True), _from_row, header), lines)


def read_jsonlines(paths: Iterable[Path], *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the records of JSON Lines files: objects with `label` (string or integer) and `text`.

    Raises `DataError`, as `read_csv` does, for any line that is not such an object.
    """
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        yield from _without_errors(_records(lines, iter(lines), _from_json), lines)


def read_text(paths: Iterable[Path], *, max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield one record without label for each line. Raises `DataError`, as `read_csv` does, for one not in UTF-8."""
    for path in paths:
        lines = _Lines(path, max_record_bytes)
        yield from _without_errors(_records(lines, iter(lines), _from_line), lines)


class _Lines:
    """The lines of a file as text, with their ends, and the position of the record that they make up.

    `fault` is what is wrong with that record's bytes, if anything; its lines are read to their end all the same.
    """

    def __init__(self, path: Path, max_record_bytes: int) -> None:
        self._path = path
        self._limit = max_record_bytes
        self._line = 0
        self._lines = self._read()
        self.start_record()

    def start_record(self) -> None:
        self.first = self._line + 1
        self.position = f"{self._path.name} line {self.first}"
        self.fault = ""
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
            self.fault = f"{here}: a NUL character; is this a text file? Remove it, or save the file as UTF-8"
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self.fault = self.fault or f"{here}: byte {error.start + 1} is not UTF-8; save the file as UTF-8"
            return line.decode("utf-8", "replace")


def _without_errors(records: Iterator[Record | DataError], lines: _Lines) -> Iterator[Record]:
    """Yield the records; raise the first error, to which it adds the lines of all later ones."""
    for record in records:
        if isinstance(record, Record):
            yield record
            continue
        later = [lines.first for other in records if isinstance(other, DataError)]
        raise DataError(f"{record}{_also(later)}")


def _also(lines: Sequence[int]) -> str:
    """Return what names the lines of further bad records.

    Example:
    >>> _also([]), _also([7]), _also([5, 12])
    ('', ' (also bad: line 7)', ' (also bad: lines 5, 12)')
    """
    if not lines:
        return ""
    more = f" and {len(lines) - _NAMED:,} more" if len(lines) > _NAMED else ""
    return f" (also bad: line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_NAMED]))}{more})"


def _records(
    lines: _Lines, items: Iterator[Item], parse: Callable[[Item, str], Record], is_header: bool = False
) -> Iterator[Record | DataError]:
    """Yield what each item that the lines make up is parsed to, or why it cannot be; leave out blank ones."""
    while True:
        lines.start_record()
        try:
            item = next(items, None)
            if lines.fault:
                raise DataError(lines.fault)
            if item is None:
                return
            if _is_blank(item):
                continue
            if is_header:
                is_header = False
                continue
            found: Record | DataError = parse(item, lines.position)
        except csv.Error as error:
            found = DataError(
                lines.fault
                or f"{lines.position}: not valid CSV ({error}); close every quote, and double quotes inside a text"
            )
        except DataError as error:
            found = error
        yield found


def _is_blank(item: str | list[str]) -> bool:
    cells = [item] if isinstance(item, str) else item
    return len(cells) < 2 and not "".join(cells).strip()


def _from_row(row: list[str], position: str) -> Record:
    if len(row) != 2:
        advice = "put the text in double quotes if it has commas" if len(row) > 2 else "separate them by a comma"
        raise DataError(f"{position}: {len(row)} column{'s' * (len(row) > 1)} instead of 2, label and text; {advice}")
    return _record(row[0], row[1], position)


def _from_line(line: str, position: str) -> Record:
    return _record(None, line.rstrip("\r\n"), position)


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
