"""The model as it is served: texts to labels. Trains nothing, knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from smcontract import manifest
from smcontract.manifest import Manifest
from smcontract.records import Text
from textprep.pipeline import Pipeline

from image_template import IMAGE

WEIGHTS = "weights.npz"


@dataclass(frozen=True)
class Model:
    """A loaded model, in the form that `smcontract.serving.handler` asks for. `weights` are (n_features, n_labels)."""

    manifest: Manifest
    pipeline: Pipeline
    weights: NDArray[np.float64]
    records = Text()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact. Raises UserError or DataError when it is missing, damaged or foreign."""
        card = manifest.read(folder, IMAGE)
        pipeline = Pipeline.load(folder)
        manifest.check_fingerprint(folder, card, pipeline.fingerprint)
        return cls(card, pipeline, np.load(folder / WEIGHTS)["weights"])

    def predict(self, records: Sequence[str], explain: bool = False) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return label, score and probabilities of each text."""
        rows = softmax(self.pipeline.transform(records) @ self.weights, axis=1).tolist()
        answers = [dict(zip(self.manifest.labels, row, strict=True)) for row in rows]
        return [{"label": max(a, key=a.__getitem__), "score": max(a.values()), "probabilities": a} for a in answers]
