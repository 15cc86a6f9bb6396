"""Texts to numbers of their words, as the images count them: docs/monitoring.md says how.

The images' own code is `smcontract.monitoring.texts`, in C; what this module finds is the same.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from html import unescape
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LONGEST = 5000
"""Characters of a text that are looked at."""
BITS = 32768
"""Of the filter of known words."""
BUCKETS = 64

_TAG = re.compile(r"<!--.*?-->|<[a-zA-Z/!?][^>]*>", re.DOTALL)


def words(text: str) -> list[str]:
    """Return the words of a text: runs of letters, digits and marks, in lower case, without HTML.

    Example:
        >>> words("Great!<br />10&nbsp;/ 10, हिन्दी")
        ['great', '10', '10', 'हिन्दी']
    """
    text = text[:LONGEST]
    if "<" in text:
        text = _TAG.sub(" ", text)
    lower = unescape(text).lower().replace("i\u0307", "i")  # what lower() makes of İ
    return [word if word.isascii() else unicodedata.normalize("NFC", word) for word in _word().findall(lower)]


def count(texts: Sequence[str], known: bytes) -> NDArray[np.int64]:
    """Return (n_texts, 2 * BUCKETS): the known words of each text by bucket, then the unknown ones."""

    @cache
    def number(word: str) -> int:
        value = crc32(word.encode(errors="surrogatepass"))
        places = value % BITS, (value >> 16) % BITS
        is_known = all(known[place >> 3] >> (place & 7) & 1 for place in places)
        return value % BUCKETS + (0 if is_known else BUCKETS)

    counts = np.zeros((len(texts), 2 * BUCKETS), np.int64)
    for row, text in zip(counts, texts, strict=True):
        np.add.at(row, list(map(number, words(text))), 1)
    return counts


@cache
def _word() -> re.Pattern[str]:
    """A letter or digit, then such, marks, and joiners that more of the word follows."""
    marks = "".join(map(chr, (point for point in range(0x300, 0xE01F0) if unicodedata.category(chr(point))[0] == "M")))
    return re.compile(rf"[^\W_](?:[^\W_]|[{marks}]|[\u200c\u200d]+(?=[^\W_]|[{marks}]))*")
