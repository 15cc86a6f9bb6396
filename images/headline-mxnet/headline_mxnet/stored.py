"""The files of a network as MXNet writes them, read without MXNet: the parameters, and the symbol they belong to."""

import json
import logging
import re
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Never

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from smcontract.manifest import NAME

SYMBOL, PARAMETERS = "model-symbol.json", "model-0000.params"
SHAPES = "model-shapes.json"  # only beside what MXNet itself has saved: see `foreign`
ONNX = "model.onnx"  # for other runtimes: see `onnxfile`

Weights = Mapping[str, NDArray[np.float32]]
"""Arrays by their names without the network's: `embedding0_weight`, `dense0_bias` and so on."""

_LIST, _ARRAY = 0x112, 0xF993FAC9  # how a list of arrays begins, and each array of it, since MXNet 1.0
_OPERATORS = frozenset({
    "Activation", "Concat", "Convolution", "Dropout", "Embedding", "Flatten", "FullyConnected", "Pooling", "Reshape",
    "_copy", "argmax", "batch_dot", "expand_dims", "max", "pick", "relu", "transpose",
})  # fmt: skip

log = logging.getLogger(__name__)


def is_foreign(folder: Path) -> bool:
    """Whether the folder holds a model that MXNet itself has saved, and none of this image's own."""
    return (folder / SHAPES).is_file() and not (folder / NAME).exists()


def read(folder: Path) -> Weights:
    """Return the weights; raises UserError when a file is missing, damaged, or of another network than the other."""
    try:
        arrays = _arrays((folder / PARAMETERS).read_bytes())
        _check(_shapes((folder / SYMBOL).read_text("utf-8")), arrays)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        refuse(folder, error)
    return {name.partition("_")[2]: array for name, array in arrays.items()}


def refuse(folder: Path, error: Exception) -> Never:
    """Raise the UserError for files that are not a network."""
    log.debug("%s: %s", folder, error)
    raise UserError(
        f"{SYMBOL} and {PARAMETERS} in {folder} cannot be read: they are damaged or do not belong together; "
        "deploy the whole model.tar.gz of one training job"
    ) from error


class _Reader:
    """Takes numbers from bytes, in little-endian order; raises ValueError at their end."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, length: int) -> bytes:
        part = self._content[self._at : self._at + length]
        if length < 0 or len(part) < length:
            raise ValueError("it is cut short")
        self._at += length
        return part

    def numbers(self, form: str) -> tuple[int, ...]:
        form = f"<{form}"
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def is_at_end(self) -> bool:
        return self._at == len(self._content)


def _arrays(content: bytes) -> dict[str, NDArray[np.float32]]:
    """What `mx.nd.save` wrote of dense arrays in single precision, by name."""
    reader = _Reader(content)
    magic, _, count = reader.numbers("QQQ")
    if magic != _LIST:
        raise ValueError(f"it begins with {magic:#x}")
    arrays = [_array(reader) for _ in range(count)]
    (n_names,) = reader.numbers("Q")
    names = [reader.take(*reader.numbers("Q")).decode() for _ in range(n_names)]
    if not reader.is_at_end():
        raise ValueError("something follows the arrays")
    return {name.removeprefix("arg:"): array for name, array in zip(names, arrays, strict=True)}


def _array(reader: _Reader) -> NDArray[np.float32]:
    magic, is_sparse, n_axes = reader.numbers("IiI")
    if magic != _ARRAY or is_sparse or n_axes > 4:
        raise ValueError("an array is not dense")
    shape = reader.numbers(f"{n_axes}q")
    _device, _number, kind = reader.numbers("iii")
    if kind or min(shape, default=0) < 1:
        raise ValueError("an array is not of 32-bit floating point")
    return np.frombuffer(reader.take(4 * prod(shape)), np.float32).reshape(shape)


def _check(shapes: Mapping[str, tuple[int, ...]], arrays: Weights) -> None:
    if shapes.keys() != arrays.keys():
        raise ValueError("the symbol has other parameters")
    for name, shape in shapes.items():
        if len(shape) != arrays[name].ndim or any(np.not_equal(shape, arrays[name].shape) & np.not_equal(shape, 0)):
            raise ValueError(f"{name} has the shape {arrays[name].shape} instead of {shape}")


def _shapes(symbol: str) -> dict[str, tuple[int, ...]]:
    """The shapes of a symbol's parameters, by name; an axis of 0 may have any length."""
    shapes = {}
    for node in json.loads(symbol)["nodes"]:
        if node["op"] != "null" and node["op"] not in _OPERATORS:
            raise ValueError(f"the operator {node['op']}")
        if node["op"] == "null" and not node["name"].startswith("data"):
            shapes[node["name"]] = tuple(map(int, re.findall("[0-9]+", node["attrs"]["__shape__"])))
    return shapes
