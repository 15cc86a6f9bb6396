"""The whole model: what a wide part, hidden layers and a network say, added up; some may be missing. Trains nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from textprep.sequences import UNKNOWN

from headline_mxnet.forward import Forward, softmax
from headline_mxnet.hidden import Hidden
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
    """Scores are those of the wide part and of the hidden layers plus `share` times those of the network, `deep`.

    The network knows words with numbers below `n_ids`. Threads may share it.
    """

    n_ids: int
    wide: Wide | None
    deep: Deep | None = None
    share: float = 1.0
    hidden: Hidden | None = None

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
        for part in (self.wide, self.hidden):
            scores = scores if part is None else scores + part.scores(ids, others)
        return scores

    def with_network(self, network: Deep, share: float) -> "Classifier":
        """Return the sum with a network, which has `share`, and the other parts the rest; alone it has all."""
        if self.wide is None:
            return replace(self, deep=network)
        hidden = self.hidden and self.hidden.scaled(1 - share)
        return Classifier(self.n_ids, self.wide.scaled(1 - share), network, share, hidden)

    def save(self, folder: Path) -> None:
        """Write the files of all parts but the network; OSError when the disk is full."""
        for part in (self.wide, self.hidden):
            if part is not None:
                part.save(folder)

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any], n_ids: int) -> Self:
        """Load an artefact's files; raises UserError when some are missing, damaged or of other settings."""
        wide = Wide.load(folder) if settings["architecture"] in WIDE else None
        deep = Forward.load(folder, settings) if settings.get("epochs") else None
        share = settings["deep_share"] if wide and deep else 1.0
        has_hidden = settings.get("hidden_units")  # an older model has no such setting
        hidden = Hidden.load(folder, wide.words.shape[1]) if wide and has_hidden else None
        return cls(n_ids, wide, deep, share, hidden)
