"""The vector of any word, from a .bin file or a vectors.txt: its row, the mean with its subwords, or zeros.

Trains nothing and normalises nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from blazingtext_client.fasttextfile import SUPERVISED, FastTextFile
from blazingtext_client.quantised import Quantised
from blazingtext_client.subwords import Subwords

_PIECE = 4096  # rows copied at once


@dataclass(frozen=True)
class WordVectors:
    """`index` maps each word to its row in `matrix`, float32 (n_words + bucket, dim)."""

    index: Mapping[str, int]
    matrix: NDArray[np.float32]
    subwords: Subwords | None = None

    @classmethod
    def of(cls, file: FastTextFile) -> Self:
        """The word vectors of a .bin file; raises UserError for a classifier, and for quantised or pruned ones."""
        arguments, words = file.arguments, len(file.words)
        if arguments.model == SUPERVISED:
            raise UserError(f"{file.path} is a text classifier, not word vectors: ask it for labels")
        if isinstance(file.input, Quantised):
            raise UserError(
                f"{file.path} is quantised, and quantised word vectors cannot be read: give the full .bin file"
            )
        # A file without rows for subwords has none, whatever lengths its arguments name.
        has_subwords = arguments.maxn > 0 and arguments.bucket > 0 and len(file.input) > words
        if has_subwords and len(file.input) != words + arguments.bucket:
            raise UserError(
                f"{file.path} is damaged: its matrix has {len(file.input)} rows for {words} words and "
                f"{arguments.bucket} buckets; copy it again, or train the model again"
            )
        subwords = Subwords(arguments.minn, arguments.maxn, arguments.bucket) if has_subwords else None
        return cls(dict(zip(file.words, range(words), strict=True)), file.input, subwords)

    @classmethod
    def read_text(cls, path: Path) -> Self:
        """Read a vectors.txt: a line of count and dimension, then a word and its numbers a line; raises UserError."""
        with path.open("rb") as file:
            header = file.readline(100).split()
            if len(header) != 2 or not all(field.isdigit() for field in header) or not int(header[1]):
                raise UserError(f"{path} holds no word vectors: its first line must be a count and a dimension")
            count, dim = map(int, header)
            if count * dim * 2 > path.stat().st_size:  # a number takes a digit and a space at the least
                raise UserError(f"{path} is damaged: it is too short for {count} vectors of {dim} numbers")
            matrix = np.empty((count, dim), np.float32)
            index: dict[str, int] = {}
            for number in range(count):
                word, *numbers = file.readline().rstrip(b" \r\n").split(b" ")
                try:
                    matrix[number] = np.array(numbers, np.float32)
                    if len(numbers) != dim:
                        raise ValueError
                except ValueError:
                    raise UserError(
                        f"{path} line {number + 2} is not a word and {dim} numbers, separated by single spaces: "
                        "write the file again"
                    ) from None
                index.setdefault(word.decode("utf-8", "surrogateescape"), number)
        return cls(index, matrix)

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self.matrix.shape[1])

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, float32 (dim,); see `vectors`."""
        result: NDArray[np.float32] = self.vectors([word])[0]
        return result

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of these words, float32 (n, dim).

        Without subwords a word has its own row; with them the mean of its row and theirs, an unknown word the mean of
        theirs alone. Zeros where there is nothing to go by.
        """
        result = np.zeros((len(words), self.dim), np.float32)
        if self.subwords is None:
            rows = np.array([self.index.get(word, -1) for word in words], np.intp)
            result[rows >= 0] = self.matrix[rows[rows >= 0]]
            return result
        for number, word in enumerate(words):
            chosen = self._rows(word, self.subwords)
            if chosen:
                result[number] = self._mean(chosen)
        return result

    def _mean(self, rows: list[int]) -> NDArray[np.float64]:
        total = np.zeros(self.dim)
        for start in range(0, len(rows), _PIECE):  # a body of one endless word has millions of them
            total += self.matrix[rows[start : start + _PIECE]].sum(axis=0, dtype=np.float64)
        return total / len(rows)

    def _rows(self, word: str, subwords: Subwords) -> list[int]:
        behind = len(self.matrix) - subwords.bucket
        own = [self.index[word]] if word in self.index else []
        return own + [behind + bucket for bucket in subwords.buckets(word)]
