"""The text of a channel as numbers of words, in one file for each thread that will train on it; trains nothing.

The channel is read once, while nobody knows yet which words are frequent. So a word's number is that of its first
appearance, and what it means is decided when all have been counted. Memory holds the vocabulary and a piece of a line,
never the corpus.
"""

import codecs
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.training import channels
from smcontract.training.hosts.group import Group
from smcontract.training.job import Channel
from textprep.textfile import open_text

from blazingtext_client.parts import Part, counts, deal
from blazingtext_client.whitespace import words

LINE = 999  # words; word2vec takes 1,000 as one sentence at most
PIECE = 1 << 20  # bytes read at a time
LONGEST = 1 << 20  # characters of one word

log = logging.getLogger(__name__)


class _Numbers(dict[str, int]):
    """The number of each word: that of the words that came before it."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


class Stopped(Exception):  # noqa: N818  # no error: somebody wanted it
    """Reading was to stop before its end."""


@dataclass
class Corpus:
    """The parts of a corpus that this host has, and the words of all hosts.

    Word number n is `words[n]`, and occurs `counts[n]` times on all of them, int64. `numbers`, int64, are those of the
    words in the files of the parts, where these have others.
    """

    parts: list[Part]
    words: list[str]
    counts: NDArray[np.int64]
    numbers: NDArray[np.int64] | None = None

    @property
    def tokens(self) -> int:
        """How many words there are on all hosts, each as often as it occurs."""
        return int(self.counts.sum())

    @property
    def own(self) -> int:
        """How many there are on this one."""
        return sum(part.tokens for part in self.parts)


def read(channel: Channel, folder: Path, parts: int, stop: threading.Event, group: Group | None = None) -> Corpus:
    """Deal a channel's files, as if they were one, out to at most `parts` files in `folder`, and to the hosts.

    A small corpus gets fewer parts. Each host keeps its share, of a channel that is divided all that it has; the words
    are those of all. Raises UserError when the channel is empty or blank or not UTF-8, DataError for a file that is not
    text, Stopped on all hosts after `stop` is set on one.
    """
    group = group or Group.alone()
    hosts, rank = (1, 0) if channel.is_divided else (group.size, group.rank)
    numbers, is_stopped = _Numbers(), False
    with deal(folder, parts, hosts, rank) as (dealer, used):
        try:
            for path in text_files(channel):
                log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
                for sentence in _sentences(path, stop):
                    dealer.add(map(numbers.__getitem__, sentence), len(sentence))
        except Stopped:
            is_stopped = True
    if group.any(is_stopped):
        raise Stopped
    corpus = _agreed(Corpus(used, list(numbers), counts(used, len(numbers))), group)
    if not corpus.tokens:
        raise UserError(f"channel {shown(channel.name)} holds no words: its files are blank; check its S3Uri")
    return corpus


def _agreed(own: Corpus, group: Group) -> Corpus:
    """Return this host's corpus with the words of all hosts, and how often they occur there."""
    if group.size == 1:
        return own
    numbers = _Numbers()
    every = group.gather({"words": own.words, "counts": own.counts})
    found = [np.array([numbers[word] for word in message["words"]], np.int64) for message in every]
    counts = np.zeros(len(numbers), np.int64)
    for places, message in zip(found, every, strict=True):
        counts[places] += message["counts"]
    agreed = group.broadcast({"words": list(numbers), "counts": counts})
    number_of = {word: number for number, word in enumerate(agreed["words"])}
    renumbered = np.array([number_of[word] for word in own.words], np.int64)
    return Corpus(own.parts, agreed["words"], agreed["counts"], renumbered)


def text_files(channel: Channel) -> list[Path]:
    """Return a channel's files; raises UserError for a content type that is not text, and when there is none."""
    if channel.content_type and media.parse(channel.content_type).name == "application/x-recordio":
        raise UserError(
            f"channel {shown(channel.name)} has the content type application/x-recordio, which requires Pipe mode: "
            "give a file of text, or of JSON Lines with source and label, in File mode"
        )
    if channels.has_header(channel):
        raise UserError(f"channel {shown(channel.name)}: header=present is not supported here; remove the header line")
    return channel.files()


def lines(path: Path, stop: threading.Event) -> Iterator[tuple[str, bool]]:
    """Yield the text of a UTF-8 file in pieces without line ends, each with whether a line ends after it.

    A word is never cut. Raises UserError where the file is not UTF-8, DataError where it is not text, Stopped soon
    after `stop` is set.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done, begun = "", 0, False
    with open_text(path) as file:
        while True:
            piece = file.read(PIECE)
            if stop.is_set():
                raise Stopped
            try:
                text = rest + decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise UserError(
                    f"{path.name}: the bytes around {done + error.start} are not UTF-8; convert the file to UTF-8"
                ) from None
            done += len(piece)
            *whole, rest = text.split("\n")
            yield from ((line, True) for line in whole)
            begun = begun and not whole
            if not piece:
                break
            cut = _last_word(rest)
            if cut:
                yield rest[:cut], False
                rest, begun = rest[cut:], True
            elif len(rest) > LONGEST:
                raise UserError(f"{path.name} holds a word of more than {LONGEST} characters: is it text?")
    if rest or begun:
        yield rest, True


def _last_word(text: str) -> int:
    """Where the last word of a text begins, by Unicode's white space."""
    return len(text) if text[-1:].isspace() else len(text) - len((text.rsplit(maxsplit=1) or [""])[-1])


def _sentences(path: Path, stop: threading.Event) -> Iterator[list[str]]:
    held: list[str] = []
    for text, ends in lines(path, stop):
        held += words(text)
        whole = len(held) if ends else len(held) - len(held) % LINE
        yield from (held[start : start + LINE] for start in range(0, whole, LINE))
        held = held[whole:]
