"""The whole model: what a wide part and a deep one say, added up, either of which may be missing. Trains nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from textprep.sequences import UNKNOWN

from headline_mxnet.forward import Forward, softmax
from headline_mxnet.views import Array
from headline_mxnet.wide import Wide

WIDE = ("wide", "wide-and-deep")
"""Architectures that have a wide part."""


class Deep(Protocol):
    """A network, as MXNet has it or as it is served."""

    def scores(self, ids: NDArray[np.int32]) -> Array:
        """Return float32 (n_records, n_classes), before softmax."""

    def weights(self) -> Mapping[str, Array]:
        """Return the weights by their names."""


@dataclass(frozen=True)
class Classifier:
    """Scores are those of the wide part plus `share` times those of the deep part.

    The deep part knows words with numbers below `n_ids`. Threads may share it.
    """

    n_ids: int
    wide: Wide | None
    deep: Deep | None
    share: float = 1.0

    def probabilities(self, ids: NDArray[np.int32], others: Sequence[str] = ()) -> Array:
        """Return float32 (n_records, n_classes) for int32 `ids` (n_records, max_length); each row's sum is 1.

        `others` are words that the vocabulary does not have, whose numbers go on from `n_ids`.
        """
        return softmax(self.scores(ids, others))

    def scores(self, ids: NDArray[np.int32], others: Sequence[str] = ()) -> Array:
        """Return float32 (n_records, n_classes), before softmax."""
        scores: Array = np.float32(0)  # type: ignore[assignment]
        if self.deep is not None:
            scores = np.float32(self.share) * self.deep.scores(np.where(ids < self.n_ids, ids, UNKNOWN))
        return scores if self.wide is None else scores + self.wide.scores(ids, others)

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any], n_ids: int) -> Self:
        """Load an artefact's files; raises UserError when some are missing, damaged or of other settings."""
        architecture = settings["architecture"]
        wide = Wide.load(folder) if architecture in WIDE else None
        deep = None if architecture == "wide" else Forward.load(folder, settings)
        return cls(n_ids, wide, deep, settings["deep_share"] if wide and deep else 1.0)
