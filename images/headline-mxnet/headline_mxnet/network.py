"""A trained network: its files, and rows of word numbers to probabilities. Trains nothing."""

import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from headline_mxnet.features import inputs, trimmed
from headline_mxnet.numpy1 import mx

SYMBOL, PARAMETERS = "model-symbol.json", "model-0000.params"
ROWS = 1024  # in one pass: memory beside the result does not grow with the number of records

log = logging.getLogger(__name__)


class Network:
    """A hybridised block with the settings it was made for.

    The image sets MXNET_ENGINE_TYPE=NaiveEngine: without threads of its own, MXNet loads a network before the server's
    workers are forked, and they share its memory.
    """

    def __init__(self, block: Any, settings: Mapping[str, Any]) -> None:
        self._block = block
        self._settings = settings

    def probabilities(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length); each row's sum is 1."""
        parts = [self._softmax(ids[start : start + ROWS]) for start in range(0, len(ids), ROWS)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def save(self, folder: Path) -> None:
        """Write symbol and parameters, as `HybridBlock.export` makes them."""
        with TemporaryDirectory() as scratch:  # not beside `folder`: MXNet says less than Python of a full disk
            exported = Path(scratch)
            self._block.export(str(exported / "model"), epoch=0)
            for name in (SYMBOL, PARAMETERS):
                (folder / name).write_bytes((exported / name).read_bytes())

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Load what `save` wrote; raises UserError when MXNet cannot read it."""
        try:
            block = mx.gluon.SymbolBlock(mx.sym.load(str(folder / SYMBOL)), _variables(settings))
            block.collect_params().load(str(folder / PARAMETERS), cast_dtype=True, dtype_source="saved")
        except (mx.MXNetError, ValueError, AssertionError, KeyError, RuntimeError, OSError) as error:
            log.debug("MXNet says: %s", error)
            raise UserError(
                f"MXNet cannot read {SYMBOL} and {PARAMETERS} in {folder}: they are damaged or do not belong together; "
                "deploy the whole model.tar.gz of one training job"
            ) from error
        block.hybridize(static_alloc=True)
        return cls(block, settings)

    def _softmax(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        scores = self._block(*arrays(trimmed(ids, self._settings), self._settings)).asnumpy().astype(np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return probabilities


def _variables(settings: Mapping[str, Any]) -> list[Any]:
    """The inputs of the exported symbol: `data`, or `data0` and so on where there are more."""
    types = [array.dtype for array in inputs(np.zeros((1, 1), np.int32), settings)]
    return [mx.sym.var(f"data{n if len(types) > 1 else ''}", dtype=dtype) for n, dtype in enumerate(types)]


def arrays(ids: NDArray[np.int32], settings: Mapping[str, Any]) -> list[Any]:
    """Return `features.inputs` as MXNet's arrays, of the same types, which share their memory."""
    return [mx.nd.from_numpy(array) for array in inputs(ids, settings)]
