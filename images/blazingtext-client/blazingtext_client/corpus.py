"""The text of a channel, rewritten into files that the training libraries read whole; trains nothing.

gensim reads a file with several threads only where its lines are short, and lets each thread start and end at a guess.
So the corpus is dealt out to one file for each thread, in lines of at most 1,000 words, as it is read: memory holds a
piece of a line and the counts of the words, never the corpus.
"""

import codecs
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.job import Channel

LINE = 1_000  # words; what word2vec takes as one sentence at most
DEAL = 10_000  # words that go to one part before the next has its turn
PIECE = 1 << 20  # bytes read at a time
LONGEST = 1 << 20  # characters of one word

log = logging.getLogger(__name__)


@dataclass
class Part:
    """One file of sentences, each of 1 to 1,000 words separated by single spaces."""

    path: Path
    lines: int = 0
    tokens: int = 0


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

    Words are what stands between white space (Unicode's, and NUL). No word is changed. A small corpus gets fewer parts.
    Raises UserError when the channel is empty or blank, or not UTF-8.
    """
    corpus = Corpus([Part(folder / f"part-{number}.txt") for number in range(parts)])
    files = [part.path.open("w", encoding="utf-8") for part in corpus.parts]
    dealt = 0
    try:
        for path in text_files(channel):
            log.info("Processing %s . File size: %d MB", path, path.stat().st_size // 2**20)
            for words in _sentences(path):
                number = dealt // DEAL % parts
                part = corpus.parts[number]
                files[number].write(" ".join(words) + "\n")
                part.lines += 1
                part.tokens += len(words)
                dealt += len(words)
                corpus.counts.update(words)
    finally:
        for file in files:
            file.close()
    corpus.parts = [part for part in corpus.parts if part.tokens]
    if not corpus.parts:
        raise UserError(f"channel {shown(channel.name)} holds no word: its files are blank; check its S3Uri")
    return corpus


def text_files(channel: Channel) -> list[Path]:
    """Return a channel's files; raises UserError for a content type that is no text, and when there is none."""
    if channel.content_type:
        name = media.parse(channel.content_type).name
        if name == "application/x-recordio":
            raise UserError(
                f"channel {shown(channel.name)} has the content type {name}, which comes in Pipe mode only: give a "
                "file of text, or of JSON Lines with source and label, in File mode"
            )
    return channel.files()


def lines(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the text of a UTF-8 file in pieces without line ends, each with whether a line ends after it.

    A word is never cut. Raises UserError where the file is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done = "", 0
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            try:
                text = rest + decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise UserError(
                    f"{path.name}: byte {done + error.start} or near it is not UTF-8; convert the file to UTF-8"
                ) from None
            done += len(piece)
            *whole, rest = text.split("\n")
            yield from ((line, True) for line in whole)
            if not piece:
                break
            cut = rest.rfind(" ") + 1
            if cut:
                yield rest[:cut], False
                rest = rest[cut:]
            elif len(rest) > LONGEST:
                raise UserError(f"{path.name} holds a word of more than {LONGEST} characters: is it a text?")
    if rest:
        yield rest, True


def _sentences(path: Path) -> Iterator[list[str]]:
    held: list[str] = []
    for text, ends in lines(path):
        held += text.replace("\0", " ").split()
        whole = len(held) if ends else len(held) - len(held) % LINE
        yield from (held[start : start + LINE] for start in range(0, whole, LINE))
        held = held[whole:]
    if held:
        yield held
