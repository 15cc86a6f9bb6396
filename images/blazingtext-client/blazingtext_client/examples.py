"""Labelled lines for fastText's classifier, out of a channel's files; trains nothing.

A line is words and one or more labels, `__label__` and a name, anywhere in it; or a JSON object with `source`, the
text, and `label`, an integer or a list of them, as in BlazingText's augmented manifests.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.training import channels
from smcontract.training.job import Channel
from smcontract.training.profile import Sample
from textprep import jsonvalue
from textprep.characters import scalars

from blazingtext_client import corpus
from blazingtext_client.whitespace import words

PREFIX = "__label__"
FIRST = 3  # texts kept

JSON_ENDINGS = (".jsonl", ".manifest")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examples:
    """A file of `count` lines, each with a label and a word.

    `first` holds the first few texts without their labels, `sample` some of all of them.
    """

    path: Path
    count: int
    first: tuple[str, ...]
    sample: Sample = field(default_factory=Sample)


def read(channel: Channel, path: Path) -> Examples:
    """Write a channel's examples to `path`, one a line whatever the line ends were.

    Lines without a label or without a word teach nothing: they are left out and counted in the log, as the labels are.
    Raises UserError when none is left, for a file that is not UTF-8 and for bad JSON, DataError for one that is not
    text.
    """
    count, bare = 0, 0
    first: list[str] = []
    sample = Sample()
    labels: set[str] = set()
    with path.open("w", encoding="utf-8") as file:
        for tokens in _examples(channel):
            found = [token for token in tokens if not token.startswith(PREFIX)]
            if not found or len(found) == len(tokens):
                bare += bool(tokens)
                continue
            count += 1
            text = " ".join(found)
            sample.see(text)
            if len(first) < FIRST:
                first.append(text)
            labels.update(token for token in tokens if token.startswith(PREFIX))
            file.write(" ".join(tokens) + "\n")
    if not count:
        raise UserError(
            f"channel {shown(channel.name)} has no line with both a word and a label like {PREFIX}sports: put a "
            "label on each line"
        )
    if bare:
        log.warning("%s: left out %d lines without a label or without a word", channel.name, bare)
    log.info("%s: %d examples, %d labels", channel.name, count, len(labels))
    if glued := sorted(label for label in labels if "," in label):
        log.warning(
            "%s: %d labels hold a comma, such as %s: a label ends at white space, so put a space after it",
            channel.name, len(glued), shown(glued[0]),
        )  # fmt: skip
    return Examples(path, count, tuple(first), sample)


def _examples(channel: Channel) -> Iterator[list[str]]:
    """The labels and words of each line, blank ones too."""
    for path in corpus.text_files(channel):
        log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
        is_json = _is_json(channel, path)
        held: list[str] = []
        number = 0
        for text, ends in corpus.lines(path):
            held.append(text)
            if not ends:
                continue
            number += 1
            line = "".join(held)
            held.clear()
            yield _from_json(line, f"{path.name} line {number}") if is_json else words(line)


def _is_json(channel: Channel, path: Path) -> bool:
    if channel.content_type and media.parse(channel.content_type).name == media.JSON_LINES:
        return True
    return channels.ending(path) in JSON_ENDINGS


def _from_json(line: str, where: str) -> list[str]:
    """Return an object's labels and the words of its text; nothing for a blank line. Raises UserError.

    A word like a label is left out: fastText would take it for one, here and where the model is asked.
    """
    if not line.strip():
        return []
    try:
        value = jsonvalue.loads(line)
    except ValueError:
        raise UserError(f'{where} is not JSON; expected a line like {{"source": "a text", "label": 1}}') from None
    source, label = (value.get("source"), value.get("label")) if isinstance(value, dict) else (None, None)
    labels: list[Any] = label if isinstance(label, list) else [label]
    if not isinstance(source, str) or not all(type(one) is int for one in labels):
        raise UserError(
            f"{where} is {shown(value)}: expected an object with source, a text, and label, an integer or a list of "
            "integers"
        )
    return [
        *(f"{PREFIX}{one}" for one in labels),
        *(word for word in words(scalars(source)) if not word.startswith(PREFIX)),
    ]
