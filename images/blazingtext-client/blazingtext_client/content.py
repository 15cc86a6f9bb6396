"""The bytes of a fastText file, taken one piece after the other and checked; what they mean, `fasttextfile` knows."""

import mmap
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from blazingtext_client.quantised import Codebook, Quantised

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

    def pruned(self, size: int, buckets: int) -> NDArray[np.int32]:
        """The index of the n-grams that pruning kept: for each bucket its row behind those of the words, or -1."""
        start = self.skip(_PAIR.size * size)
        pairs = np.frombuffer(self._mapped, "<i4", 2 * size, start).reshape(size, 2)
        if size and (pairs.min() < 0 or pairs[:, 0].max() >= buckets):
            raise self.damaged(f"an n-gram has the bucket and the row {pairs.min(axis=0).tolist()}")
        kept = np.full(max(buckets, 0), -1, np.int32)
        kept[pairs[:, 0]] = pairs[:, 1]
        return kept

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

    def quantised(self, dim: int, least: int, exactly: int | None = None) -> Quantised:
        """A matrix of codes, mapped, with or without norms of their own."""
        has_norms = self.flag()
        rows, columns = self.take(_SHAPE)
        self._check_shape(rows, columns, dim, least, exactly)
        (size,) = self.take(_COUNT)
        codes = self._bytes(size)
        book = self._codebook(dim)
        if size != rows * len(book.parts):
            raise self.damaged(f"its {size} codes do not match {rows} rows")
        norms = None
        if has_norms:
            chosen = self._bytes(rows)
            norms = self._codebook(1).rows(chosen[:, np.newaxis])[:, 0]
        return Quantised(codes.reshape(rows, -1), book, norms)

    def _bytes(self, size: int) -> NDArray[np.uint8]:
        return np.frombuffer(self._mapped, np.uint8, size, self.skip(size))

    def _check_shape(self, rows: int, columns: int, dim: int, least: int, exactly: int | None) -> None:
        if columns != dim or rows < least or exactly not in (None, rows):
            raise self.damaged(
                f"a matrix is {rows} by {columns}, expected {least if exactly is None else exactly} rows of {dim} "
                "numbers"
            )

    def _codebook(self, dim: int) -> Codebook:
        numbers, parts, each, last = self.take(_QUANTISER)
        if numbers != dim or min(parts, each, last) < 1 or last > each or (parts - 1) * each + last != dim:
            raise self.damaged(f"a row of {dim} numbers is divided into {parts} parts of {each}, the last of {last}")
        start = self.skip(4 * dim * _CENTROIDS)
        centroids = np.frombuffer(self._mapped, "<f4", dim * _CENTROIDS, start)
        self._check_finite(centroids)
        table = np.zeros((parts, _CENTROIDS, each), np.float32)
        whole = (parts - 1) * each * _CENTROIDS
        table[:-1] = centroids[:whole].reshape(parts - 1, _CENTROIDS, each)
        table[-1, :, :last] = centroids[whole:].reshape(_CENTROIDS, last)
        return Codebook(table, dim)

    def _check_finite(self, numbers: NDArray[np.float32]) -> None:
        if numbers.size and not max(-numbers.min(), numbers.max()) <= LARGEST_WEIGHT:  # NaN is not either
            raise self.damaged("a weight is NaN, infinite or implausibly large")
