"""Labelled lines out of a channel's files, as numbers of labels and words; trains nothing.

A line is words and one or more labels, `__label__` and a name, anywhere in it; or a JSON object with `source`, the
text, and `label`, an integer or a list of them, as in BlazingText's augmented manifests.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.training import channels
from smcontract.training.job import Channel
from smcontract.training.profile import Sample
from textprep import jsonvalue
from textprep.characters import scalars

from blazingtext_client import corpus
from blazingtext_client.parts import END, Numbers, Part, deal
from blazingtext_client.whitespace import END_OF_LINE, LABEL, LINE_END, words, words_of_lines

FIRST = 3  # texts kept

JSON_ENDINGS = (".jsonl", ".manifest")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examples:
    """A channel's `count` examples: labels, words and word 0, the end of a line, in `parts` as `kernel` trains them.

    `labels`, number -2 first, are those that were known after reading. `first` holds the first few texts without
    theirs, `sample` some of all of them.
    """

    parts: list[Part]
    count: int
    labels: list[str]
    first: tuple[str, ...]
    sample: Sample = field(default_factory=Sample)

    @property
    def tokens(self) -> int:
        """How many words there are, each as often as it occurs; ends of lines are not counted."""
        return sum(part.tokens for part in self.parts)


class _Numbers(Numbers):
    """Numbers of words from 0, the end of a line, on, and of labels, -2, -3 and so on, by their first appearance."""

    def __init__(self) -> None:
        super().__init__()
        self[END_OF_LINE] = 0
        self.labels: list[str] = []

    def __missing__(self, token: str) -> int:
        if token.startswith(LABEL):
            self.labels.append(token)
            number = END - len(self.labels)
        else:
            number = len(self) - 1 - len(self.labels)
        self[token] = number
        return number

    def forget(self, n_labels: int) -> None:
        """Leave only so many labels."""
        for label in self.labels[n_labels:]:
            del self[label]
        del self.labels[n_labels:]


class _Block:
    """Some lines: tokens and their numbers, with END after each line; `labels` and `words` count those of each line."""

    def __init__(self, tokens: list[str], ids: NDArray[np.int32]) -> None:
        self._tokens, self.ids = tokens, ids
        self._ends = np.flatnonzero(ids == END)
        lengths = np.diff(self._ends, prepend=-1)
        self._begins = self._ends + 1 - lengths
        self.labels = np.add.reduceat(ids < END, self._begins, dtype=np.int64) if len(lengths) else lengths
        self.words = lengths - 1 - self.labels

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._ends)

    def text(self, line: int) -> str:
        """Return the words of a line."""
        tokens = self._tokens[self._begins[line] : self._ends[line]]
        return " ".join(token for token in tokens if not token.startswith(LABEL))

    def arranged(self) -> NDArray[np.int32]:
        """Return the numbers: of each line those of its labels, then of its words, then word 0, the end of the line."""
        ids = self.ids
        if np.any((ids[:-1] >= 0) & (ids[1:] < END)):
            line = np.repeat(np.arange(self.count), self._ends + 1 - self._begins)
            ids = ids[np.lexsort((np.where(ids < END, 0, np.where(ids == END, 2, 1)), line))]
        return np.insert(ids, self._ends, 0)


class Reader:
    """Reads channels one after the other, so that each word and each label has one number in all of them."""

    def __init__(self, stop: threading.Event) -> None:
        self._numbers, self._stop = _Numbers(), stop

    @property
    def words(self) -> list[str]:
        """The words by their numbers."""
        return self._numbers.words

    def read(self, channel: Channel, folder: Path, parts: int) -> Examples:
        """Deal a channel's examples out to at most `parts` new files in `folder`.

        Lines without a label or without a word teach nothing: they are left out and counted in the log, as the labels
        are. Raises UserError when none is left, for a file that is not UTF-8 and for bad JSON, DataError for one that
        is not text, Stopped soon after `stop` is set.
        """
        folder.mkdir()
        count = bare = 0
        first: list[str] = []
        sample = Sample()
        seen: set[int] = set()
        with deal(folder, parts) as (dealer, used):
            for lines in _lines(channel, self._stop):
                block, left_out = self._numbered(lines)
                sample.see_many(block.count, block.text)
                first += map(block.text, range(min(FIRST - len(first), block.count)))
                seen.update(np.unique(block.ids[block.ids < END]).tolist())
                dealer.add(block.arranged(), block.words)
                count += block.count
                bare += left_out
        if not count:
            raise UserError(
                f"channel {shown(channel.name)} has no line with both a word and a label like {LABEL}sports: put a "
                "label on each line"
            )
        if bare:
            log.warning("%s: left out %d lines without a label or without a word", channel.name, bare)
        log.info("%s: %d examples, %d labels", channel.name, count, len(seen))
        numbers = self._numbers
        if glued := sorted(label for label in numbers.labels if "," in label and numbers[label] in seen):
            log.warning(
                "%s: %d labels hold a comma, such as %s: a label ends at white space, so put a space after it",
                channel.name, len(glued), shown(glued[0]),
            )  # fmt: skip
        return Examples(used, count, list(numbers.labels), tuple(first), sample)

    def _numbered(self, tokens: list[str]) -> tuple[_Block, int]:
        """Return those lines that have labels and words, and how many others are not blank."""
        before = len(self._numbers.labels)
        block = _Block(tokens, self._numbers.of(tokens))
        is_whole = (block.labels > 0) & (block.words > 0)
        if is_whole.all():
            return block, 0
        self._numbers.forget(before)  # a label of those that are left out may be in no other
        whole = list(compress(tokens, np.repeat(is_whole, block.labels + block.words + 1).tolist()))
        left_out = int(np.count_nonzero(~is_whole & (block.labels + block.words > 0)))
        return _Block(whole, self._numbers.of(whole)), left_out


def _lines(channel: Channel, stop: threading.Event) -> Iterator[list[str]]:
    """Yield a channel's labels and words, some lines at a time, with LINE_END after each line."""
    for path in corpus.text_files(channel):
        log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
        is_json = _is_json(channel, path)
        held: list[str] = []
        number = 0
        for piece in corpus.pieces(path, stop):
            held.append(piece)
            if not piece.endswith("\n"):
                continue
            text = "".join(held)
            held.clear()
            if is_json:
                rows = text.split("\n")[:-1]
                of_rows = [_from_json(row, f"{path.name} line {number + n}") for n, row in enumerate(rows, 1)]
                yield [token for tokens in of_rows for token in (*tokens, LINE_END)]
                number += len(rows)
            else:
                yield words_of_lines(text)


def _is_json(channel: Channel, path: Path) -> bool:
    if channel.content_type and media.parse(channel.content_type).name == media.JSON_LINES:
        return True
    return channels.ending(path) in JSON_ENDINGS


def _from_json(line: str, where: str) -> list[str]:
    """Return an object's labels and the words of its text; nothing for a blank line. Raises UserError.

    A word like a label is left out: it would be taken for one, here and where the model is asked.
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
        *(f"{LABEL}{one}" for one in labels),
        *(word for word in words(scalars(source)) if not word.startswith(LABEL)),
    ]
