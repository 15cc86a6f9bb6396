"""The bytes of a fastText file, taken one piece after the other and checked; what they mean, `fasttextfile` knows."""

import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

_ENTRY = struct.Struct("<qb")  # count; 0 for a word, 1 for a label
_SHAPE = struct.Struct("<2q")
_COUNT = struct.Struct("<i")
_PAIR = struct.Struct("<2i")  # of the pruned index: the hash of an n-gram, and its row behind those of the words
_QUANTISER = struct.Struct("<4i")  # numbers in a row, its parts, numbers in a part and in the last one
_CENTROIDS = 256  # of each part
LARGEST_WEIGHT = 1e9  # the products of three of them, added up, still fit single precision; trained ones are near 1


class Content:
    """A file's bytes from the position that has been reached. Every method raises UserError where they do not fit."""

    def __init__(self, path: Path, mapped: mmap.mmap) -> None:
        self._path, self._mapped, self._at = path, mapped, 0

    def damaged(self, why: str) -> UserError:
        """The error for this file."""
        return UserError(f"{self._path} is damaged: {why}; copy it again, or train the model again")

    def skip(self, size: int) -> int:
        """Skip `size` bytes; return where they begin."""
        start, self._at = self._at, self._at + size
        if size < 0 or self._at > len(self._mapped):
            raise self.damaged(f"its size of {len(self._mapped)} bytes does not match its header")
        return start

    def take(self, what: struct.Struct) -> tuple[Any, ...]:
        """The numbers that come next."""
        return what.unpack_from(self._mapped, self.skip(what.size))

    def flag(self) -> bool:
        """The truth value that comes next."""
        value = self._mapped[self.skip(1)]
        if value > 1:
            raise self.damaged(f"a flag is {value}, neither 0 nor 1")
        return bool(value)

    def dictionary(self, entries: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The names of words and labels, and how often each stood in the corpus."""
        names: list[str] = []
        counts: list[int] = []
        for _ in range(entries):
            end = self._mapped.find(b"\0", self._at)
            if end < 0:
                raise self.damaged(f"its dictionary ends after {len(names)} of {entries} entries")
            names.append(self._mapped[self._at : end].decode("utf-8", "surrogateescape"))
            self._at = end + 1
            counts.append(self.take(_ENTRY)[0])
        return tuple(names), tuple(counts)

    def pruned(self, size: int) -> int:
        """The index of the n-grams that pruning kept; returns how many rows it reaches."""
        start = self.skip(_PAIR.size * size)
        rows = np.frombuffer(self._mapped, "<i4", 2 * size, start)[1::2]
        if size and rows.min() < 0:
            raise self.damaged(f"an n-gram has the row {rows.min()}")
        return int(rows.max()) + 1 if size else 0

    def matrix(self, dim: int, least: int, exactly: int | None = None) -> NDArray[np.float32]:
        """A matrix of numbers, mapped, with at least or exactly the given number of rows."""
        rows, columns = self.take(_SHAPE)
        self._check_shape(rows, columns, dim, least, exactly)
        start = self.skip(4 * rows * columns)
        return np.frombuffer(self._mapped, "<f4", rows * columns, start).reshape(rows, columns)

    def weights(self, dim: int, least: int, exactly: int | None = None) -> NDArray[np.float32]:
        """A matrix of numbers that a prediction can be made of: finite ones."""
        matrix = self.matrix(dim, least, exactly)
        self._check_finite(matrix)
        return matrix

    def quantised(self, dim: int, least: int, exactly: int | None = None) -> None:
        """A matrix of codes, with or without norms of their own, is gone past."""
        has_norms = self.flag()
        rows, columns = self.take(_SHAPE)
        self._check_shape(rows, columns, dim, least, exactly)
        (size,) = self.take(_COUNT)
        self.skip(size)
        if size != rows * self._quantiser(dim):
            raise self.damaged(f"its {size} codes do not match {rows} rows")
        if has_norms:
            self.skip(rows)
            self._quantiser(1)

    def _check_shape(self, rows: int, columns: int, dim: int, least: int, exactly: int | None) -> None:
        if columns != dim or rows < least or exactly not in (None, rows):
            raise self.damaged(
                f"a matrix is {rows} by {columns}, expected {least if exactly is None else exactly} rows of {dim} "
                "numbers"
            )

    def _quantiser(self, dim: int) -> int:
        """The centroids of a row's parts; returns how many parts there are."""
        numbers, parts, each, last = self.take(_QUANTISER)
        if numbers != dim or min(parts, each, last) < 1 or last > each or (parts - 1) * each + last != dim:
            raise self.damaged(f"a row of {dim} numbers is divided into {parts} parts of {each}, the last of {last}")
        start = self.skip(4 * dim * _CENTROIDS)
        self._check_finite(np.frombuffer(self._mapped, "<f4", dim * _CENTROIDS, start))
        return int(parts)

    def _check_finite(self, numbers: NDArray[np.float32]) -> None:
        if numbers.size and not max(-numbers.min(), numbers.max()) <= LARGEST_WEIGHT:  # NaN is not either
            raise self.damaged("a weight is NaN, infinite or implausibly large")
