"""The words that become features, as a text file a person can read. n-grams are kept elsewhere: see `ngrams`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textprep.errors import DataError
from textprep.stem import UNKNOWN

_COUNT_DIGITS = 18  # int() raises for 4,301, and no text has as many words


@dataclass(frozen=True)
class Vocabulary:
    """Terms and how often each occurs, most frequent first, equals in alphabetical order. An id is a position."""

    terms: tuple[str, ...]
    counts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.terms)

    @classmethod
    def from_counts(cls, terms: Sequence[str], counts: Sequence[int], *, size: int, min_count: int) -> "Vocabulary":
        """Keep the `size` most frequent terms that occur at least `min_count` times.

        Example:
            >>> Vocabulary.from_counts(["b", "a", "c"], [2, 2, 1], size=10, min_count=2)
            Vocabulary(terms=('a', 'b'), counts=(2, 2))
        """
        frequent = ((term, count) for term, count in zip(terms, counts, strict=True) if count >= min_count)
        kept = sorted(frequent, key=lambda item: (-item[1], item[0]))[:size]
        return cls(tuple(term for term, _ in kept), tuple(count for _, count in kept))

    def first(self, size: int) -> "Vocabulary":
        """Return the `size` most frequent terms."""
        return Vocabulary(self.terms[:size], self.counts[:size])

    def ids(self) -> dict[str, int]:
        """Return term -> id.

        Example:
            >>> Vocabulary(("film", "good"), (9, 4)).ids()
            {'film': 0, 'good': 1}
        """
        return {term: number for number, term in enumerate(self.terms)}

    def ids_of(self, terms: Sequence[str]) -> NDArray[np.int32]:
        """Return int32 (len(terms),): the id of each term, `UNKNOWN` for those not in the vocabulary."""
        ids = self.ids()
        return np.array([ids.get(term, UNKNOWN) for term in terms], np.int32)

    def to_text(self) -> str:
        r"""Return one line for each term, `term<TAB>count`.

        Example:
            >>> Vocabulary(("film", "good"), (9, 4)).to_text()
            'film\t9\ngood\t4\n'
        """
        return "".join(f"{term}\t{count}\n" for term, count in zip(self.terms, self.counts, strict=True))

    @classmethod
    def from_text(cls, text: str) -> "Vocabulary":
        r"""Read what `to_text` wrote; `DataError` names the first line that it cannot have written.

        Example:
            >>> Vocabulary.from_text("film\t9\ngood\t4\n").terms
            ('film', 'good')
        """
        rows: list[tuple[int, str]] = []
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            term, _, count = line.partition("\t")
            is_count = count.isdecimal() and count.isascii() and len(count) <= _COUNT_DIGITS
            if not (term and is_count) or rows[-1:] >= [row := (-int(count), term)]:
                raise DataError(
                    f"vocabulary line {number} is {line[:80]!r}, which is not a term, a tab and its count, "
                    "the most frequent first"
                )
            rows.append(row)
        return cls(tuple(term for _, term in rows), tuple(-count for count, _ in rows))
