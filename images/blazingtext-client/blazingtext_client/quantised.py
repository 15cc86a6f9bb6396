"""Matrices whose rows are codes: product quantisation, as fastText's .ftz files have it. Reads no file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Codebook:
    """What the codes of a row stand for: `parts`, float32 (n_parts, 256, numbers of a part), and the row's `dim`."""

    parts: NDArray[np.float32]
    dim: int

    def rows(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the rows, float32 (n, dim), of codes, uint8 (n, n_parts).

        Example:
            >>> parts = np.arange(2 * 256 * 2, dtype=np.float32).reshape(2, 256, 2)
            >>> Codebook(parts, dim=3).rows(np.array([[1, 0]], np.uint8)).tolist()
            [[2.0, 3.0, 512.0]]
        """
        found = self.parts[np.arange(len(self.parts)), codes]
        result: NDArray[np.float32] = found.reshape(len(codes), -1)[:, : self.dim]
        return result


@dataclass(frozen=True)
class Quantised:
    """A matrix of codes, uint8 (n, n_parts); with `norms`, float32 (n,), its rows are multiplied by them."""

    codes: NDArray[np.uint8]
    book: Codebook
    norms: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        found = self.book.rows(self.codes[rows])
        return found if self.norms is None else found * self.norms[rows, np.newaxis]
