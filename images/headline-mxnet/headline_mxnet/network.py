"""A network as MXNet has it, while it is trained: rows of word ids to probabilities, and its files. Trains nothing."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headline_mxnet.features import inputs, trimmed
from headline_mxnet.forward import softmax
from headline_mxnet.numpy1 import mx
from headline_mxnet.stored import PARAMETERS, SYMBOL

ROWS = 1024  # in one pass: memory beside the result does not grow with the number of records


class Network:
    """A hybridised block with the settings it was made for. What is served is a `forward.Forward` of its files."""

    def __init__(self, block: Any, settings: Mapping[str, Any]) -> None:
        self._block = block
        self._settings = settings

    def probabilities(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length); each row's sum is 1."""
        return softmax(self.scores(ids))

    def scores(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length), before softmax."""
        parts = [self._scores(ids[start : start + ROWS]) for start in range(0, len(ids), ROWS)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the parameters by their names without the network's: `embedding0_weight`, `dense0_bias` and so on."""
        parameters = self._block.collect_params().items()
        return {name.partition("_")[2]: parameter.data().asnumpy() for name, parameter in parameters}

    def save(self, folder: Path) -> None:
        """Write symbol and parameters, as `HybridBlock.export` makes them."""
        with TemporaryDirectory() as scratch:  # not beside `folder`: MXNet says less than Python of a full disk
            exported = Path(scratch)
            self._block.export(str(exported / "model"), epoch=0)
            for name in (SYMBOL, PARAMETERS):
                (folder / name).write_bytes((exported / name).read_bytes())

    def _scores(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = self._block(*arrays(trimmed(ids, self._settings), self._settings)).asnumpy()
        return scores


def arrays(ids: NDArray[np.int32], settings: Mapping[str, Any]) -> list[Any]:
    """Return `features.inputs` as MXNet's arrays, of the same types, which share their memory."""
    return [mx.nd.from_numpy(array) for array in inputs(ids, settings)]
