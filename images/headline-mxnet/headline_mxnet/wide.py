"""The wide part as it is served: what words, pairs of them and n-grams of characters add to each category's score.

A word of the vocabulary has one row of numbers, in which those of its n-grams are added up already; the n-grams of
other words are looked up when they come. Trains nothing.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from textprep.sequences import UNKNOWN

from headline_mxnet import linear
from headline_mxnet.features import hashed_pairs
from headline_mxnet.views import Array

FILE = "wide.npz"
GRAMS = (3, 6)
"""Characters of the shortest and of the longest n-gram, a space on both sides of a word counted."""


class Wide(NamedTuple):
    """Rows of scores, float32 (n, n_classes).

    `words` has a row for each number of the vocabulary; `pairs` one for each bucket of `features.hashed_pairs`;
    `grams` one for each bucket of `linear.grams`, none where words have no characters.
    """

    words: Array
    pairs: Array
    grams: Array

    def scores(self, ids: NDArray[np.int32], others: Sequence[str] = ()) -> Array:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, length).

        `others` are the words that the numbers from `len(words)` on stand for.
        """
        return linear.scores(self.words, self.of_others(others), self.pairs, ids)

    def scaled(self, factor: float) -> "Wide":
        """Return the same with all scores multiplied."""
        return Wide(*(np.float32(factor) * array for array in self))

    def of_others(self, words: Sequence[str]) -> Array:
        """Return float32 (n_words, n_classes): the row of a word that the vocabulary does not have."""
        if not len(words):
            return self.words[:0]
        if not len(self.grams):
            return np.repeat(self.words[[UNKNOWN]], len(words), axis=0)
        starts, buckets = linear.grams(words, *GRAMS, len(self.grams))
        rows: Array = np.add.reduceat(self.grams[buckets], starts[:-1]) + self.words[UNKNOWN]
        return rows

    def parts(self, row: NDArray[np.int32], others: Sequence[str]) -> tuple[Array, Array]:
        """Return what each word adds, float32 (n_words, n_classes), and each pair of neighbours, (n_words - 1, ...).

        Their sum is the headline's scores. `row` has no 0 but at its end.
        """
        numbers = row[row > 0]
        of_words = np.concatenate([self.words, self.of_others(others)])[numbers]
        known = np.where(numbers < len(self.words), numbers, UNKNOWN)
        return of_words, self.pairs[hashed_pairs(known[None], len(self.pairs))[0] - 1]

    def save(self, folder: Path) -> None:
        """Write the file; OSError when the disk is full."""
        np.savez(folder / FILE, **self._asdict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what was saved; raises UserError when it is missing or damaged."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as arrays:
                found = cls(*(arrays[name] for name in cls._fields))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{FILE} in {folder} cannot be read: {error}; deploy the whole model.tar.gz of a job"
            ) from error
        if not is_sound(found) or not len(found.pairs):
            raise UserError(f"{FILE} in {folder} is not what training writes: deploy the whole model.tar.gz of one job")
        return found


def is_sound(rows: Wide) -> bool:
    """Return whether the arrays fit together."""
    shapes: list[Any] = [array.shape for array in rows]
    is_one_width = len({shape[1:] for shape in shapes}) == 1
    has_words = len(shapes[0]) == 2 and shapes[0][0] > UNKNOWN and shapes[0][1] > 0
    return is_one_width and has_words and all(array.dtype == np.float32 for array in rows)
