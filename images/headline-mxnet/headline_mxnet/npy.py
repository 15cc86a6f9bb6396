"""Reads .npy files that users bring: plain numbers only, never pickled objects. It does not say what they mean."""

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

# What `numpy.load` raises for bytes that are not an array; a header is a Python literal, hence the last six.
_DAMAGE = (ValueError, EOFError, OSError, MemoryError, OverflowError, SyntaxError, TypeError, LookupError,
           RecursionError, TokenError)  # fmt: skip


def load(path: Path) -> NDArray[Any]:
    """Return the array in the file, of integers or floating-point numbers, mapped into memory rather than read.

    Raises UserError when it is no .npy file, is cut short, or holds anything else, Python objects above all.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except _DAMAGE as error:
        raise UserError(
            f"{path.name} cannot be read as an array of numbers ({error}): write it with numpy.save, not as objects"
        ) from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise UserError(f"{path.name} is an .npz archive: give each array in a file of its own, by numpy.save")
    if array.dtype.kind not in "iuf":
        raise UserError(f"{path.name} holds {array.dtype}: it must hold integers or floating-point numbers")
    return array


def matrix(path: Path) -> NDArray[Any]:
    """Return the vectors in the file: numbers (n_rows, dim), at least one of each. Not checked for finiteness.

    Raises UserError when the array has another shape, and as `load` does.
    """
    array = load(path)
    if array.ndim != 2 or not array.size:
        raise UserError(f"{path.name} has the shape {array.shape}: it must be a matrix, one row of numbers per word")
    return array


def single(rows: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Return a copy in single precision; raises UserError when a number is NaN, infinite or too large for that."""
    with np.errstate(over="ignore"):
        copy = np.array(rows, np.float32)
    bad = np.argwhere(~np.isfinite(copy))
    if len(bad):
        row, column = bad[0].tolist()
        raise UserError(
            f"{name}[{row}, {column}] is {rows[row, column]}, not a finite 32-bit number: check how the vectors were "
            "made"
        )
    return copy
