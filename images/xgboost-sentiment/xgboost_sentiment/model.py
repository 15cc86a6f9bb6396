"""The model as it is served: an artefact's files to predictions and explanations. Trains nothing, knows no HTTP."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract import manifest
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from textprep.errors import DataError

from xgboost_sentiment import IMAGE
from xgboost_sentiment.scorers import Contributions, Linear, Trees
from xgboost_sentiment.words import Words

BOOSTER = "model.ubj"
EXPLAINED = 10  # columns named in an explanation
THRESHOLD = 0.5  # a score above it means class 1, and one of exactly 0.5 class 0, as in XGBoost's own metric `error`

log = logging.getLogger(__name__)

SCORERS: dict[str, type[Linear | Trees]] = {"gblinear": Linear, "gbtree": Trees}


@dataclass(frozen=True)
class Model:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    encoder: Words
    scorer: Linear | Trees

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact. Raises UserError when it is missing, damaged, foreign or of another format."""
        card, encoder = read_card(folder)
        settings = card.settings["hyperparameters"]
        booster = read_booster(folder / BOOSTER)
        if booster.num_features() != encoder.n_features or len(card.labels) != 2:
            raise UserError(
                f"the files in {folder} do not belong together: {BOOSTER} has {booster.num_features()} features, the "
                f"preprocessing {encoder.n_features}, with {len(card.labels)} labels; deploy the whole model.tar.gz"
            )
        return cls(card, encoder, SCORERS[settings["booster"]](booster))

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    def predict(self, records: Sequence[Any], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record: `score`, `label` and `probabilities`.

        `score` is the probability of the positive class. With `explain`, `explanation` says what moved it: see
        `explanation`.
        """
        matrix = self.encoder.matrix(records)
        margins = self.scorer.margins(matrix)
        predictions = [self._prediction(score) for score in self.scores(margins).tolist()]
        if explain:
            for number, record in enumerate(records):
                row, margin = matrix[number], float(margins[number])
                contributions = self.scorer.contributions(row)
                predictions[number]["explanation"] = explanation(self.encoder, record, row, contributions, margin)
        return predictions

    def scores(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logistic function of the margins."""
        return 0.5 + 0.5 * np.tanh(0.5 * margins)  # 1 / (1 + exp(-margin)) without its overflow

    def _prediction(self, score: float) -> dict[str, Any]:
        negative, positive = self.manifest.labels
        label = positive if score > THRESHOLD else negative
        return {"label": label, "score": score, "probabilities": {negative: 1 - score, positive: score}}


def read_card(folder: Path) -> tuple[Manifest, Words]:
    """Read the manifest and the preprocessing that it belongs to. Raises UserError when either is not whole."""
    card = manifest.read(folder, IMAGE)
    try:
        encoder = Words.load(folder)
    except DataError as error:
        raise UserError(str(error)) from error
    manifest.check_fingerprint(folder, card, encoder.fingerprint)
    return card, encoder


def read_booster(path: Path) -> xgboost.Booster:
    """Read XGBoost's own format. Raises UserError for a damaged file."""
    booster = xgboost.Booster({"nthread": 1})
    try:
        booster.load_model(path)
    except xgboost.core.XGBoostError as error:
        log.debug("XGBoost says: %s", error)
        raise UserError(
            f"XGBoost cannot read {path}: it is damaged; deploy the whole model.tar.gz of one training job"
        ) from error
    return booster


def explanation(
    encoder: Words, record: Any, row: csr_matrix, contributions: Contributions, margin: float
) -> dict[str, Any]:
    """Say what moved the margin, the logarithm of the odds: `base` + all contributions + `rest` = `margin`.

    Named are the columns with the largest contributions, of those that are not zero in this record; `rest` is the sum
    of all others, with trees also of those that are zero.
    """
    base, stored, absent = contributions
    top = np.argsort(-np.abs(stored), kind="stable")[:EXPLAINED]
    named = zip(encoder.names(record, row.indices[top].tolist()), stored[top].tolist(), strict=True)
    return {
        "base": base,
        "words": [{"word": name, "contribution": contribution} for name, contribution in named],
        "rest": float(stored.sum() - stored[top].sum()) + absent,
        "margin": margin,
    }
