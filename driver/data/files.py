"""Opens what was downloaded, and writes what the images' channels take."""

import csv
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from driver.errors import DriverError

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^>]*>")


@contextmanager
def open_source(source: Path, member: str) -> Iterator[IO[bytes]]:
    """Yield a file of a zip archive, or `source` itself where it is that file. DriverError when it is not in there."""
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(source) as archive:
        if member not in archive.namelist():
            raise DriverError(f"{source} holds no file {member}, so it is not the expected archive")
        with archive.open(member) as file:
            yield file


def write_labelled(rows: Iterable[tuple[str, str]], path: Path) -> None:
    """CSV without a header, label and text: what the train channels of xgboost-sentiment and headline-mxnet take."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_unlabelled(texts: Iterable[str], path: Path) -> None:
    """JSON Lines, one request record a line: no text can break a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)


def write_corpus(texts: Iterable[str], path: Path) -> int:
    """One paragraph a line, its words between spaces: what BlazingText's train channel takes. Returns the words.

    The words are those that headline-mxnet will look up: lower case, letters and digits alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    total = 0
    with path.open("w", encoding="utf-8") as file:
        for paragraph in (line for text in texts for line in text.splitlines()):
            found = words(paragraph)
            total += len(found)
            if found:
                file.write(" ".join(found) + "\n")
    return total


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, letters and digits alone, without markup."""
    return _WORD.findall(_TAG.sub(" ", text).lower())


def write_halves(train: Iterable[tuple[str, str]], test: Iterable[tuple[str, str]], folder: Path, stem: str) -> None:
    """Both halves of a data set as labelled CSV, and the held-out one as texts to transform as well."""
    held_out = list(test)
    write_labelled(train, folder / "train" / f"{stem}.csv")
    write_labelled(held_out, folder / "test" / f"{stem}.csv")
    write_unlabelled((text for _, text in held_out), folder / "unseen" / f"{stem}.jsonl")
