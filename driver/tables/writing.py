"""Writes records as the images' channels read them, and the note of an import. Whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from driver.data import files
from driver.errors import DriverError
from driver.tables.checking import Record
from driver.tables.labels import as_word

NOTE = "import.json"
"""The file that says what an imported folder was made from."""


def write(records: Sequence[Record], folder: Path, stem: str, form: str = "labelled") -> Path:
    """Write a channel; return its file. CSV of label and text without a header, or JSON Lines if a text has newlines.

    With the form `blazingtext`, lines of `__label__LABEL` and words, in lower case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(_encodable(record.label), _encodable(record.text)) for record in records]
    if form == "blazingtext":
        path = folder / f"{stem}.txt"
        lines = (f"__label__{as_word(label)} {' '.join(files.words(text))}\n" for label, text in rows)
        path.write_text("".join(lines), encoding="utf-8")
    elif any("\n" in text or "\r" in text for _, text in rows):
        path = folder / f"{stem}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(
                json.dumps({"label": label, "text": text}, ensure_ascii=False) + "\n" for label, text in rows
            )
    else:
        path = folder / f"{stem}.csv"
        files.write_labelled(rows, path)
    return path


def write_folder(
    parts: Mapping[str, Sequence[Record]], folder: Path, stem: str, form: str, note: Mapping[str, Any]
) -> list[Path]:
    """Write a folder with a folder for each channel; return their files.

    Raises DriverError, and leaves everything as it was, when the folder holds something or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DriverError(f"{folder} exists and is not empty: choose another folder with --to")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
            new = Path(work, "new")
            written = [write(records, new / channel, stem, form) for channel, records in parts.items()]
            (new / NOTE).write_text(json.dumps(note, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            new.replace(folder)
    except OSError as error:
        raise DriverError(f"cannot write {folder}: {error.strerror or error}; check the folder and the disk") from error
    return [folder / path.relative_to(new) for path in written]


def _encodable(text: str) -> str:
    """Put U+FFFD in the place of lone surrogates, which no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
