"""A model of two labels as it is served: reviews to predictions and explanations. Trains nothing, knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType

from xgboost_sentiment import stored
from xgboost_sentiment.scorers import Contributions
from xgboost_sentiment.words import Words

if TYPE_CHECKING:
    from xgboost_sentiment.stored import Scorer

EXPLAINED = 10  # columns named in an explanation
THRESHOLD = 0.5  # a score above it means class 1, and one of exactly 0.5 class 0, as in XGBoost's own metric `error`


@dataclass(frozen=True)
class Model:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    encoder: Words
    scorer: "Scorer"

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact. Raises UserError when it is missing, damaged, foreign or of another format."""
        card, encoder, scorer = stored.read(folder)
        if len(card.labels) != 2:
            raise UserError(f"the manifest in {folder} has {len(card.labels)} labels, not two; train the model again")
        return cls(card, encoder, scorer)

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    def predict(self, records: Sequence[Any], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record: `score`, `label` and `probabilities`.

        `score` is the probability of the positive class. With `explain`, `explanation` says what moved it: see
        `explanation`.
        """
        rows = self.encoder.rows(records)
        margins = self.scorer.margins(rows)[:, 0]
        predictions = [self._prediction(score) for score in self.scores(margins).tolist()]
        if explain:
            contributions = self.scorer.contributions(rows, 0)
            for number, record in enumerate(records):
                columns, margin = rows.features[rows.starts[number] : rows.starts[number + 1]], float(margins[number])
                told = explanation(self.encoder, record, columns, contributions[number], margin)
                predictions[number]["explanation"] = told
        return predictions

    def scores(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logistic function of the margins."""
        return 0.5 + 0.5 * np.tanh(0.5 * margins)  # 1 / (1 + exp(-margin)) without its overflow

    def _prediction(self, score: float) -> dict[str, Any]:
        negative, positive = self.manifest.labels
        label = positive if score > THRESHOLD else negative
        return {"label": label, "score": score, "probabilities": {negative: 1 - score, positive: score}}


def explanation(
    encoder: Words, record: str, columns: NDArray[np.int32], contributions: Contributions, margin: float
) -> dict[str, Any]:
    """Say what moved the margin, the logarithm of the odds: `base` + all contributions + `rest` = `margin`.

    Named are the `columns` of the record with the largest contributions; `rest` is the sum of all others, with trees
    also of those that are zero in it.
    """
    base, values, absent = contributions
    top = np.argsort(-np.abs(values), kind="stable")[:EXPLAINED]
    named = zip(encoder.names(record, columns[top].tolist()), values[top].tolist(), strict=True)
    return {
        "base": base,
        "words": [{"word": name, "contribution": contribution} for name, contribution in named],
        "rest": float(values.sum() - values[top].sum()) + absent,
        "margin": margin,
    }
