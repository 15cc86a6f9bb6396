"""The text of a channel, rewritten into files that the training libraries read whole; trains nothing.

gensim reads a file with several threads only where its lines are short, and lets each thread start and end at a guess.
So the corpus is dealt out to one file for each thread, in lines of fewer than 1,000 words, as it is read: memory holds
a piece of a line and the counts of the words, never the corpus.

gensim trains a file in batches. It ends one with the line that takes it beyond 10,000 words, and drops what is then
beyond. So before that line stands one of words that are none, which ends the batch early: nothing is dropped.
"""

import codecs
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.training import channels
from smcontract.training.job import Channel
from textprep.textfile import open_text

from blazingtext_client.whitespace import words

LINE = 999  # words; word2vec takes 1,000 as one sentence at most, and ten of these fit a batch
BATCH = 10_000  # words; MAX_WORDS_IN_BATCH of gensim
FILLER = "\0"  # which separates words in a corpus, so it can be none
DEAL = 10_000  # words that go to one part before the next has its turn
PIECE = 1 << 20  # bytes read at a time
LONGEST = 1 << 20  # characters of one word

log = logging.getLogger(__name__)


@dataclass
class Part:
    """One file of sentences, each of 1 to 999 words separated by single spaces; or of fillers alone."""

    path: Path
    lines: int = 0
    tokens: int = 0
    fillers: int = 0
    batch: int = 0  # words since a batch ended

    def add(self, words: list[str], file: TextIO) -> None:
        """Write a sentence to the part's open file, and before it what ends a batch that it does not fit."""
        if self.batch + len(words) >= BATCH:
            missing = BATCH + 1 - self.batch
            file.write(" ".join([FILLER] * missing) + "\n")
            self.lines, self.fillers, self.batch = self.lines + 1, self.fillers + missing, 0
        file.write(" ".join(words) + "\n")
        self.lines, self.tokens, self.batch = self.lines + 1, self.tokens + len(words), self.batch + len(words)


@dataclass
class Corpus:
    """The parts of a corpus, and how often each word stands in all of them."""

    parts: list[Part]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def tokens(self) -> int:
        """How many words there are, each as often as it occurs."""
        return sum(part.tokens for part in self.parts)

    @property
    def lines(self) -> int:
        """How many lines the parts have."""
        return sum(part.lines for part in self.parts)


def read(channel: Channel, folder: Path, parts: int) -> Corpus:
    """Deal a channel's files, as if they were one, out to at most `parts` files in `folder`.

    No word is changed. A small corpus gets fewer parts. Raises UserError when the channel is empty or blank or not
    UTF-8, DataError for a file that is not text.
    """
    corpus = Corpus([Part(folder / f"part-{number}.txt") for number in range(parts)])
    files = [part.path.open("w", encoding="utf-8") for part in corpus.parts]
    dealt = 0
    try:
        for path in text_files(channel):
            log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
            for sentence in _sentences(path):
                number = dealt // DEAL % parts
                corpus.parts[number].add(sentence, files[number])
                dealt += len(sentence)
                corpus.counts.update(sentence)
    finally:
        for file in files:
            file.close()
    corpus.parts = [part for part in corpus.parts if part.tokens]
    if not corpus.parts:
        raise UserError(f"channel {shown(channel.name)} holds no words: its files are blank; check its S3Uri")
    return corpus


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


def lines(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the text of a UTF-8 file in pieces without line ends, each with whether a line ends after it.

    A word is never cut. Raises UserError where the file is not UTF-8, DataError where it is not text.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done, begun = "", 0, False
    with open_text(path) as file:
        while True:
            piece = file.read(PIECE)
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


def _sentences(path: Path) -> Iterator[list[str]]:
    held: list[str] = []
    for text, ends in lines(path):
        held += words(text)
        whole = len(held) if ends else len(held) - len(held) % LINE
        yield from (held[start : start + LINE] for start in range(0, whole, LINE))
        held = held[whole:]
