"""From a path to a table, whatever the form: CSV and its kin, Excel, JSON, JSON Lines, Parquet, plain text, folders."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from driver.errors import DriverError, quote
from driver.tables import binary, decoding, delimited, folders, objects
from driver.tables.delimited import DELIMITERS, Row
from driver.tables.grid import Origin, to_table
from driver.tables.table import LABELLED, Choices, Table

_PREFIX = "__label__"
_PLAIN = re.compile(r"UTF-8( with a byte order mark)?")
_OLD_LINE = re.compile(r"\r(?!\n)")
_SAID = re.compile(r'"?sep=([^\w\s"]|\t)"?(?=[\r\n])', re.IGNORECASE)  # in the first line, as Excel writes and reads it
_JSON_LINES = (".json", ".jsonl", ".jsonlines")  # the images take what has no such ending for CSV
_WORDS = {"tab": "\t", "\\t": "\t"}


def read(path: Path, choices: Choices = Choices()) -> Table:  # noqa: B008 (it is frozen)
    """Return the table of a file, or of all files in a folder. Hidden files do not count.

    Raises DriverError for what cannot be read, and ChoiceError where only the user can say how.
    """
    if find_spec("pandas") is None:
        raise DriverError(
            "tables are read by pandas, which is not installed: pip install 'sagemaker-text-driver[tables]'"
        )
    if not path.exists():
        raise DriverError(f"{path} does not exist: check the path")
    try:
        return folders.read(path, choices, _read_file) if path.is_dir() else _read_file(path, path.name, choices)
    except OSError as error:
        raise DriverError(f"cannot read {error.filename or path}: {error.strerror}; check its permissions") from error


def _read_file(path: Path, name: str, choices: Choices) -> Table:
    data, is_gzip = decoding.content(path)
    if binary.is_workbook(data):
        return binary.read_workbook(data, name, choices)
    if binary.is_parquet(data):
        return binary.read_parquet(data, name)
    decoding.refuse_others(data, path)
    decoding.refuse_pages(data, path)
    text, encoding = decoding.decode(data, path, choices.encoding)
    text = text.removeprefix("\ufeff")
    found = {"format": "", "encoding": encoding + (", compressed with gzip" if is_gzip else "")}
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if choices.delimiter is None and objects.is_json(text, ending):
        table = objects.read(text, name, found)
        if ending not in _JSON_LINES:
            table.form = None
    elif text.startswith(_PREFIX):
        table = _read_prefixed(text, name, found)
    else:
        table = _read_delimited(text, name, ending, found, choices)
    if not _PLAIN.fullmatch(encoding):
        table.form = None
    return table


def _read_delimited(text: str, name: str, ending: str, found: dict[str, str], choices: Choices) -> Table:
    given = choices.delimiter and _WORDS.get(choices.delimiter, choices.delimiter)
    if given and len(given) != 1:
        raise DriverError(f"the delimiter is {quote(given)}: give one character, or tab")
    said = _SAID.match(text)
    if said:
        given = given or said[1]
        text = text[said.end(1) :].lstrip('"')  # the rest of its line stays, for the numbers of the others
    parsed = delimited.parse(text, given)
    if parsed.delimiter != "\t" and ending == ".txt" and not given:  # prose, a text on each line
        parsed = delimited.Delimited(
            [Row(number, [line]) for number, line in enumerate(text.split("\n"), 1)], None, ""
        )  # fmt: skip
    found["format"] = "CSV" if parsed.delimiter else "text, one on each line"
    if parsed.delimiter:
        found["delimiter"] = DELIMITERS.get(parsed.delimiter, parsed.delimiter)
    if parsed.quoting:
        found["quotes"] = parsed.quoting
    table = to_table(parsed.rows, Origin(name), found, choices.header if parsed.delimiter else "absent")
    is_plain = parsed.delimiter == "," and not (said or parsed.quoting or table.notes or _OLD_LINE.search(text))
    if is_plain and ending not in _JSON_LINES and all(len(row.cells) in (0, 2) for row in parsed.rows):
        table.form = LABELLED
    return table


def _read_prefixed(text: str, name: str, found: dict[str, str]) -> Table:
    """Read lines as BlazingText and fastText take them: `__label__pos a fine film`."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        labels = [word for word in line.split() if word.startswith(_PREFIX)]
        words = [word for word in line.split() if not word.startswith(_PREFIX)]
        if len(labels) == 1:
            rows.append(Row(number, [labels[0].removeprefix(_PREFIX), " ".join(words)]))
        elif line.strip():
            rows.append(Row(number, [], f"{len(labels)} labels instead of one"))
    found["format"] = "lines of __label__NAME and words"
    return to_table([Row(0, ["label", "text"]), *rows], Origin(name), found, "present")
