"""A model of three labels or more as it is served: a model of each label against the rest. Trains nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from textprep.pipeline import Rows

from xgboost_sentiment import rest, stored
from xgboost_sentiment.model import explanation
from xgboost_sentiment.words import Words

if TYPE_CHECKING:
    from xgboost_sentiment.stored import Scorer


@dataclass(frozen=True)
class ManyLabels:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    encoder: Words
    scorer: "Scorer"

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact. Raises UserError when it is missing, damaged, foreign or of another format."""
        return cls(*stored.read(folder))

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Return (n_rows, n_labels), rows adding up to 1."""
        return rest.probabilities(self.scorer.margins(rows))

    def predict(self, records: Sequence[Any], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record.

        `label` is the most probable label, the first of equals; `score` its probability; `probabilities` holds that of
        every label. With `explain`, `explanation` says for every label what moved its margin, the logarithm of its odds
        against the rest: see `model.explanation`.
        """
        rows, labels = self.encoder.rows(records), self.manifest.labels
        margins = self.scorer.margins(rows)
        predictions: list[dict[str, Any]] = []
        for shares in rest.probabilities(margins).tolist():
            best = max(range(len(labels)), key=shares.__getitem__)
            each = dict(zip(labels, shares, strict=True))
            predictions.append({"label": labels[best], "score": shares[best], "probabilities": each})
        if explain:
            every = [self.scorer.contributions(rows, position) for position in range(len(labels))]
            for number, record in enumerate(records):
                columns = rows.features[rows.starts[number] : rows.starts[number + 1]]
                predictions[number]["explanation"] = {
                    label: explanation(
                        self.encoder, record, columns, every[position][number], float(margins[number, position])
                    )
                    for position, label in enumerate(labels)
                }
        return predictions
