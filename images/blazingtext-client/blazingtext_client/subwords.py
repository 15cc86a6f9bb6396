"""The character n-grams of a word and the buckets they fall in, byte for byte as fastText has them.

Knows no vectors and no files.
"""

from dataclasses import dataclass

from blazingtext_client.whitespace import END_OF_LINE

_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF  # FNV-1a, 32 bits
# fastText widens each byte as a signed number: those from 0x80 on bring 24 bits set above them.
_WIDENED = tuple(byte | (0xFFFFFF00 if byte & 0x80 else 0) for byte in range(256))


def fnv(word: str) -> int:
    """Return fastText's hash of a word, a number below 2**32."""
    value = _OFFSET
    for byte in word.encode("utf-8", "surrogateescape"):
        value = (value ^ _WIDENED[byte]) * _PRIME & _MASK
    return value


@dataclass(frozen=True)
class Subwords:
    """Subwords of `minn` to `maxn` characters, `<` and `>` around the word counted, in `bucket` buckets.

    Example:
    >>> len(Subwords(minn=3, maxn=3, bucket=1000).buckets("cat"))  # <ca, cat, at>
    3
    """

    minn: int
    maxn: int
    bucket: int

    def buckets(self, word: str) -> list[int]:
        """The bucket of each subword, in fastText's order; `<` or `>` alone is none."""
        if word == END_OF_LINE:  # the one entry of a dictionary that has none
            return []
        characters = [character.encode("utf-8", "surrogateescape") for character in f"<{word}>"]
        last = len(characters)
        result = []
        for start in range(last):
            value = _OFFSET
            for end in range(start + 1, min(start + self.maxn, last) + 1):
                for byte in characters[end - 1]:
                    value = (value ^ _WIDENED[byte]) * _PRIME & _MASK
                length = end - start
                if length >= self.minn and not (length == 1 and (start == 0 or end == last)):
                    result.append(value % self.bucket)
        return result
