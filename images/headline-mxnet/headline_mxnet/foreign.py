"""A model that MXNet itself has saved, as scripts of users do: its symbol, its parameters and the shape of its input.

SageMaker's MXNet images serve these three files without any code of the user's, and so does this one. They have no
manifest: nothing in them can be checked against the training, and what the numbers mean only their maker knows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from smcontract.errors import UserError
from smcontract.httperrors import BadRequestError
from smcontract.manifest import Manifest
from smcontract.records import Numbers, Row

from headline_mxnet import IMAGE
from headline_mxnet.numpy1 import mx
from headline_mxnet.stored import PARAMETERS, SHAPES, SYMBOL


@dataclass(frozen=True)
class Foreign:
    """The loaded model, in the form that `smcontract.serving.handler` asks for. A record is a row of numbers."""

    manifest: Manifest
    records: Numbers
    block: Any

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load it. Raises UserError when a file is missing or damaged, or the input is not rows of numbers."""
        name, shape = _input(folder)
        for file in (PARAMETERS, SYMBOL):
            if not (folder / file).is_file():
                raise UserError(f"{folder} has {SHAPES} but not {file}: save all three files of MXNet's model")
        try:
            variable = mx.sym.var(name, dtype="float32")
            block = mx.gluon.SymbolBlock(mx.sym.load(str(folder / SYMBOL)), variable)
            block.collect_params().load(str(folder / PARAMETERS), cast_dtype=True, dtype_source="saved")
            block(mx.nd.zeros((1, *shape))).wait_to_read()
        except (mx.MXNetError, AssertionError, ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
            reason = (str(error).strip().splitlines() or [""])[0]
            raise UserError(f"{SYMBOL} and {PARAMETERS} are not a model of rows of {shape[0]}: {reason}") from error
        return cls(Manifest(IMAGE, ""), Numbers(shape[0]), block)

    def predict(self, records: Sequence[Row], explain: bool = False, k: int | None = None) -> list[dict[str, Any]]:
        """Return for each record `outputs`, the model's numbers, `label`, the index of the largest, and `score`, it."""
        if explain or k is not None:
            raise BadRequestError('this model was not made by this image: send neither "explain" nor "k"')
        rows = np.zeros((len(records), self.records.n_features), np.float32)
        for row, record in zip(rows, records, strict=True):
            row[record.indices] = record.values
        outputs = self.block(mx.nd.array(rows)).asnumpy().astype(np.float64).reshape(len(records), -1)
        best = outputs.argmax(axis=1)
        return [
            {"label": str(label), "score": float(numbers[label]), "outputs": numbers.tolist()}
            for label, numbers in zip(best, outputs, strict=True)
        ]


def _input(folder: Path) -> tuple[str, tuple[int]]:
    """Name and shape, without its batch, of the one input."""
    try:
        described = json.loads((folder / SHAPES).read_text("utf-8"))
        ((name, (_, length)),) = ((each["name"], each["shape"]) for each in described)
        if not isinstance(name, str) or type(length) is not int or length < 1:
            raise TypeError
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        example = '[{"name": "data", "shape": [1, 40]}]'
        raise UserError(
            f"{folder / SHAPES} does not describe one input of rows of numbers, as {example} does"
        ) from None
    return name, (length,)
