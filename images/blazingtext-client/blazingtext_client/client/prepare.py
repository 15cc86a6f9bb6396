"""Makes BlazingText's files out of texts: cleaned words with spaces between them, one text a line. Trains nothing.

BlazingText changes nothing in what it gets, so HTML, capitals and punctuation go here, as our other images do it.
Texts are read one at a time, and the file appears under its name when it is whole.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from smcontract.errors import UserError, shown
from smcontract.training import channels
from textprep.clean import clean
from textprep.records import Record, read_csv, read_jsonlines, read_text
from textprep.tokens import tokens

from blazingtext_client.client import whole
from blazingtext_client.whitespace import LABEL, split

READERS = MappingProxyType({
    ".csv": read_csv, ".json": read_jsonlines, ".jsonl": read_jsonlines, ".jsonlines": read_jsonlines,
    ".txt": read_text,
})  # fmt: skip
"""Which form a file has, by the end of its name."""


class Prepared(NamedTuple):
    """Lines and words written, texts without a word left out, and the labels that were changed, by their old names."""

    lines: int
    words: int
    left_out: int
    labels: dict[str, str]


def sentences(sources: Sequence[Path], path: Path) -> Prepared:
    """Write the words of each text as a line, for word vectors; labels are not used.

    Raises DataError for a bad record, UserError for a file that is not there or of no known form, and when no text
    holds a word.
    """
    return _write(sources, path, lambda _: "")


def labelled(sources: Sequence[Path], path: Path) -> Prepared:
    """Write `__label__` and the label before the words of each text, for mode supervised.

    White space ends a label in BlazingText, so it becomes `_`; the result says which labels were changed. Raises as
    `sentences` does, and UserError for texts without labels, a label that has the prefix already, and two labels that
    would become one.
    """
    names: dict[str, str] = {}

    def start(record: Record) -> str:
        if record.label is None:
            raise UserError(
                f"{record.position}: plain text has no labels, and mode supervised needs them: give CSV (label, text) "
                "or JSON Lines"
            )
        if record.label.lstrip().startswith(LABEL):
            raise UserError(f"{record.position}: the label {shown(record.label)} already has {LABEL}: leave it out")
        written = "_".join(split(record.label))
        known = names.setdefault(written, record.label.strip())
        if known != record.label.strip():
            raise UserError(
                f"{record.position}: the labels {shown(known)} and {shown(record.label)} would both be written as "
                f"{shown(LABEL + written)}: rename one of them"
            )
        return f"{LABEL}{written} "

    result = _write(sources, path, start)
    return result._replace(labels={was: name for name, was in names.items() if was != name})


def _write(sources: Sequence[Path], path: Path, start: Callable[[Record], str]) -> Prepared:
    lines = words = left_out = 0
    records = _records(sources, path)
    with whole.written(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            found = tokens(clean(record.text))
            beginning = start(record)
            if not found:
                left_out += 1
                continue
            file.write(f"{beginning}{' '.join(found)}\n")
            lines += 1
            words += len(found)
        if not lines:
            raise UserError(f"found no words in {', '.join(map(str, sources))}: give texts of letters or digits")
    return Prepared(lines, words, left_out, {})


def _records(sources: Sequence[Path], path: Path) -> Iterator[Record]:
    """The records of all files; they are looked at before anything is written."""
    for source in sources:
        if channels.ending(source) not in READERS:
            raise UserError(f"{source} has an unknown extension: use one of {', '.join(READERS)}")
        if not source.is_file():
            raise UserError(f"{source} does not exist: check the name")
        if source.resolve() == path.resolve():
            raise UserError(f"{source} would be overwritten by its own output: choose another name")
    return (record for source in sources for record in READERS[channels.ending(source)]([source]))
