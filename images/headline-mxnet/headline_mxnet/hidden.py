"""Networks of one hidden layer over what the wide part reads: as they are served, and a step of their training in C.

Where the extension could not be built, `plain` trains the same slowly.
"""

import zipfile
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from headline_mxnet import plain
from headline_mxnet.views import Array, View
from headline_mxnet.wide import Wide, is_sound

FILE = "hidden.npz"
HALVES = ("pairs", "grams")  # arrays that the file has in half precision
LARGEST = float(np.finfo(np.float16).max)

_core: Any = None
with suppress(ImportError):
    _core = import_module("headline_mxnet._hidden")

AVAILABLE = _core is not None
"""Whether the C code is there."""


class Rows(NamedTuple):
    """What is trained of a network, float32, and AdaGrad's sums of squared gradients of it.

    `rows` (n_rows, n_units) and `squares` (n_rows,), one for each row; `top` and `top_squares` (n_classes + 1,
    n_units): the layer on top of the units, behind it the units' biases.
    """

    rows: Array
    squares: Array
    top: Array
    top_squares: Array


def train(
    network: Rows, view: View, ids: NDArray[np.int32], labels: NDArray[np.int32],
    rates: tuple[float, float], dropout: float, state: int,
) -> tuple[float, int]:  # fmt: skip
    """Train on headlines in their order, in place: the unit's ReLU of its bias and its numbers in all features' rows.

    The rest is as in `linear.train`; the top learns at a tenth of the rates.
    """
    if _core is None:
        return plain.train_hidden(*network, view, ids, labels, rates, dropout, state)
    shape = network.rows.shape[1], ids.shape[1]
    loss, state = _core.train(*network, tuple(view), ids, labels, *shape, *rates, dropout, state)
    return loss, state


class Layer(NamedTuple):
    """One network: `sums` has a row of units for each word, pair and n-gram; `top` is as in `Rows`."""

    sums: Wide
    top: Array

    def scores(self, ids: NDArray[np.int32], others: Sequence[str] = ()) -> Array:
        """Return float32 (n_records, n_classes), as `Wide.scores` does."""
        units = np.maximum(self.sums.scores(ids, others) + self.top[-1], 0)
        scores: Array = units @ self.top[:-1].T
        return scores


class Hidden(NamedTuple):
    """The networks, whose scores are added."""

    layers: tuple[Layer, ...]

    def scores(self, ids: NDArray[np.int32], others: Sequence[str] = ()) -> Array:
        """Return float32 (n_records, n_classes), as `Wide.scores` does."""
        scores: Array = np.sum([layer.scores(ids, others) for layer in self.layers], axis=0, dtype=np.float32)
        return scores

    def scaled(self, factor: float) -> "Hidden":
        """Return the same with all scores multiplied."""
        tops = (np.concatenate([layer.top[:-1] * np.float32(factor), layer.top[-1:]]) for layer in self.layers)
        return Hidden(tuple(layer._replace(top=top) for layer, top in zip(self.layers, tops, strict=True)))

    def save(self, folder: Path) -> None:
        """Write the file, large arrays in half precision, which they are rounded to; OSError when the disk is full."""
        arrays: dict[str, Any] = {}
        for number, layer in enumerate(self.layers):
            halves = {name: getattr(layer.sums, name).astype(np.float16) for name in HALVES}
            arrays |= {f"{name}{number}": rows for name, rows in {**layer.sums._asdict(), **halves}.items()}
            arrays[f"top{number}"] = layer.top
        np.savez(folder / FILE, **arrays)

    @classmethod
    def load(cls, folder: Path, n_classes: int) -> Self:
        """Return what was saved; raises UserError when it is missing or damaged."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as arrays:
                layers = tuple(
                    Layer(Wide(*(arrays[f"{name}{n}"].astype(np.float32) for name in Wide._fields)), arrays[f"top{n}"])
                    for n in range(sum(name.startswith("top") for name in arrays))
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{FILE} in {folder} cannot be read: {error}; deploy the whole model.tar.gz of a job"
            ) from error
        if not layers or not all(_fits(layer, n_classes) for layer in layers):
            raise UserError(f"{FILE} in {folder} is not what training writes: deploy the whole model.tar.gz of one job")
        return cls(layers)


def _fits(layer: Layer, n_classes: int) -> bool:
    shape = n_classes + 1, layer.sums.words.shape[-1]
    return is_sound(layer.sums) and layer.top.shape == shape and layer.top.dtype == np.float32


def rounded(rows: Array) -> Array:
    """Return the rows as the file has them, in half precision, but as float32; none is above its largest number."""
    found: Array = rows.clip(-LARGEST, LARGEST).astype(np.float16).astype(np.float32)
    return found
