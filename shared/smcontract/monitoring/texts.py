"""Texts to numbers of their words: which are common in the training data, and a hash of each. Keeps no texts.

The driver does the same with what data capture has kept (`driver/drift/texts.py`): docs/monitoring.md says how.
"""

from array import array
from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from textprep import core
from textprep.clean import clean
from textprep.corpus import split
from textprep.tokens import RULE, tokens

LONGEST = 5000
"""Characters of a text that are looked at, so that a long one costs no more."""
KNOWN = 4096
"""Words that count as known: the most frequent of the training texts."""
BITS = 8 * KNOWN
"""Of the Bloom filter that holds them: with two bits for each word one in twenty others counts as known too."""
BUCKETS = 64
"""Into which words fall by their hash: what is compared are the shares of these, not of words."""
_REMEMBERED = 100_000  # words whose numbers are kept in memory

Counts = NDArray[np.int64]


def common(texts: Iterable[str]) -> bytes:
    """Return the Bloom filter (Bloom: Space/time trade-offs in hash coding with allowable errors, 1970) of the words.

    They are the KNOWN most frequent words of the texts; of equally frequent ones, the first in alphabetical order.
    """
    words, ids, _ = split([text[:LONGEST] for text in texts], RULE)
    counts = np.bincount(ids, minlength=len(words)).tolist()
    most = sorted(range(len(words)), key=lambda number: (-counts[number], words[number]))[:KNOWN]
    bits = np.zeros(BITS, bool)
    for word in most:
        bits[list(_places(_hash(words[word])))] = True
    return np.packbits(bits, bitorder="little").tobytes()


class Words:
    """Counts the words of texts by bucket, known and unknown ones apart. `known` is what `common` returned."""

    def __init__(self, known: bytes) -> None:
        """Make the tables at once, so that processes forked later share them."""
        self._known = known
        self._numbers = core.Numbers(RULE, {}, self._resolve, spare=_REMEMBERED) if core.AVAILABLE else None

    def count(self, texts: Sequence[str]) -> Counts:
        """Return (n_texts, 2 * BUCKETS): the known words of each text by bucket, then the unknown ones.

        Example:
            >>> counts = Words(common(["a good film"])).count(["A good <b>film</b>!", "ein Film"])
            >>> counts.sum(axis=1).tolist(), counts[:, BUCKETS:].sum(axis=1).tolist()
            ([3, 2], [0, 1])
        """
        texts = [text[:LONGEST] for text in texts]
        if self._numbers:
            ids, ends = self._numbers.of(texts)
            lengths = np.diff(ends)
        else:
            numbers = [self._resolve(tokens(clean(text), RULE)) for text in texts]
            ids = np.concatenate([np.array(of_text, np.int32) for of_text in numbers])
            lengths = np.array(list(map(len, numbers)))
        if len(texts) == 1:  # as most requests have
            return np.bincount(ids, minlength=2 * BUCKETS)[None]
        rows = np.repeat(np.arange(len(texts)) * (2 * BUCKETS), lengths)
        return np.bincount(ids + rows, minlength=len(texts) * 2 * BUCKETS).reshape(len(texts), 2 * BUCKETS)

    def _resolve(self, words: Sequence[str]) -> "array[int]":
        return array("i", map(self._number, words))

    def _number(self, word: str) -> int:
        """The bucket of a known word; that of an unknown one behind all of them."""
        value = _hash(word)
        known = all(self._known[place >> 3] >> (place & 7) & 1 for place in _places(value))
        return value % BUCKETS + (0 if known else BUCKETS)


def _hash(word: str) -> int:
    return crc32(word.encode(errors="surrogatepass"))


def _places(value: int) -> tuple[int, int]:
    """The two bits of a word with this hash, which share none of the hash's bits."""
    return value % BITS, (value >> 16) % BITS
