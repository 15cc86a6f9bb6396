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

from blazingtext_client.parts import END, Numbers, Part, counts, deal
from blazingtext_client.whitespace import words_of_lines

LINE = 999  # words; word2vec takes 1,000 as one sentence at most
PIECE = 1 << 20  # bytes read at a time
LONGEST = 1 << 20  # characters of one word

log = logging.getLogger(__name__)


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
    numbers, is_stopped = Numbers(), False
    with deal(folder, parts, hosts, rank) as (dealer, used):
        try:
            for path in text_files(channel):
                log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
                for sentences in _sentences(path, numbers, stop):
                    dealer.add(sentences, np.diff(np.flatnonzero(sentences == END), prepend=-1) - 1)
        except Stopped:
            is_stopped = True
    if group.any(is_stopped):
        raise Stopped
    words = numbers.words
    corpus = _agreed(Corpus(used, words, counts(used, len(words))), group)
    if not corpus.tokens:
        raise UserError(f"channel {shown(channel.name)} holds no words: its files are blank; check its S3Uri")
    return corpus


def _agreed(own: Corpus, group: Group) -> Corpus:
    """Return this host's corpus with the words of all hosts, and how often they occur there."""
    if group.size == 1:
        return own
    numbers = Numbers()
    every = group.gather({"words": own.words, "counts": own.counts})
    found = [numbers.of(message["words"]) for message in every]
    words = numbers.words
    counts = np.zeros(len(words), np.int64)
    for places, message in zip(found, every, strict=True):
        counts[places] += message["counts"]
    agreed = group.broadcast({"words": words, "counts": counts})
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


def pieces(path: Path, stop: threading.Event) -> Iterator[str]:
    """Yield the text of a UTF-8 file in pieces, of which the last ends a line. A word is never cut.

    A piece that holds the end of a line ends with one. Raises UserError where the file is not UTF-8, DataError where it
    is not text, Stopped soon after `stop` is set.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done, ends_line = "", 0, True
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
            if not piece:
                break
            done += len(piece)
            cut = text.rfind("\n") + 1 or _last_word(text)
            if cut:
                yield text[:cut]
                ends_line = text[cut - 1] == "\n"
            rest = text[cut:]
            if len(rest) > LONGEST:
                raise UserError(f"{path.name} holds a word of more than {LONGEST} characters: is it text?")
    if text or not ends_line:
        yield text + "\n"


def _last_word(text: str) -> int:
    """Where the last word of a text begins, by Unicode's white space."""
    return len(text) if text[-1:].isspace() else len(text) - len((text.rsplit(maxsplit=1) or [""])[-1])


def _sentences(path: Path, numbers: Numbers, stop: threading.Event) -> Iterator[NDArray[np.int32]]:
    """Yield the numbers of a file's words, with END after each sentence, which is a line or LINE words of it."""
    held = np.zeros(0, np.int32)
    for piece in pieces(path, stop):
        ids = np.concatenate([held, numbers.of(words_of_lines(piece))])
        rest = len(ids) - 1 - int(np.flatnonzero(ids == END)[-1:].max(initial=-1))
        whole = len(ids) - rest % LINE
        yield _broken(ids[:whole])
        held = ids[whole:]


def _broken(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return lines with an END after LINE words of each, and without those that are blank."""
    ends = np.flatnonzero(ids == END)
    lengths = np.diff(ends, prepend=-1, append=len(ids))
    within = np.arange(len(ids) + 1) - np.repeat(np.concatenate([[0], ends + 1]), lengths)
    ids = np.insert(ids, np.flatnonzero((within > 0) & (within % LINE == 0)), END)
    is_first = np.concatenate([[True], ids[:-1] == END])
    return np.delete(ids, np.flatnonzero(is_first & (ids == END)))
