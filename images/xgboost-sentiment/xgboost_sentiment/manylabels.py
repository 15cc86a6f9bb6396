"""A model of three labels or more as it is served: a model of each label against the rest. Trains nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType

from xgboost_sentiment import rest
from xgboost_sentiment.model import explanation, read_booster, read_card
from xgboost_sentiment.rest import LinearRest, Ratios, TreesRest
from xgboost_sentiment.words import Words

RATIOS = "ratios.npy"
SCORERS: dict[str, type[LinearRest | TreesRest]] = {"gblinear": LinearRest, "gbtree": TreesRest}


def file_name(number: int) -> str:
    """Return the name of the file that holds the model of a label, by its position from 0.

    Example:
        >>> file_name(0)
        'model-001.ubj'
    """
    return f"model-{number + 1:03}.ubj"


@dataclass(frozen=True)
class ManyLabels:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    encoder: Words
    scorer: LinearRest | TreesRest

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact. Raises UserError when it is missing, damaged, foreign or of another format."""
        card, encoder = read_card(folder)
        settings = card.settings["hyperparameters"]
        boosters = [read_booster(folder / file_name(number)) for number in range(len(card.labels))]
        weights = _read_ratios(folder / RATIOS) if settings["weighting"] == "naive-bayes" else None
        shapes = {booster.num_features() for booster in boosters} | {encoder.n_features}
        if len(shapes) > 1 or (weights is not None and weights.shape != (len(boosters), encoder.n_features)):
            raise UserError(f"the files in {folder} do not belong together; deploy the whole model.tar.gz")
        return cls(card, encoder, SCORERS[settings["booster"]](boosters, weights))

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    def probabilities(self, matrix: csr_matrix) -> NDArray[np.float64]:
        """Return (n_rows, n_labels), rows adding up to 1."""
        return rest.probabilities(self.scorer.margins(matrix))

    def predict(self, records: Sequence[Any], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record.

        `label` is the most probable label, the first of equals; `score` its probability; `probabilities` holds that of
        every label. With `explain`, `explanation` says for every label what moved its margin, the logarithm of its odds
        against the rest: see `model.explanation`.
        """
        matrix, labels = self.encoder.matrix(records), self.manifest.labels
        margins = self.scorer.margins(matrix)
        predictions = []
        for row in rest.probabilities(margins):
            best, shares = int(row.argmax()), row.tolist()
            each = dict(zip(labels, shares, strict=True))
            predictions.append({"label": labels[best], "score": shares[best], "probabilities": each})
        if explain:
            for number, record in enumerate(records):
                row = matrix[number]
                predictions[number]["explanation"] = {
                    label: explanation(
                        self.encoder, record, row, self.scorer.contributions(row, position), margins[number, position]
                    )
                    for position, label in enumerate(labels)
                }
        return predictions


def _read_ratios(path: Path) -> Ratios:
    try:
        found: Any = np.load(path, allow_pickle=False)
        if found.dtype != np.float32 or not np.isfinite(found).all():
            raise ValueError("not finite numbers of 32 bits")
    except (OSError, ValueError, EOFError, AttributeError) as error:
        raise UserError(f"{path} cannot be read ({error}); deploy the whole model.tar.gz") from error
    return found  # type: ignore[no-any-return]
