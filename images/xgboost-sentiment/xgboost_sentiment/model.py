"""A model of two labels as it is served: reviews to predictions and explanations. Trains nothing, knows no HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import tanh
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from textprep import core
from textprep.pipeline import Rows

from xgboost_sentiment import stored
from xgboost_sentiment.scorers import Contributions, Linear
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
        model = cls(card, encoder, scorer)
        model.predict([])  # makes its tables, which processes that are forked later share
        return model

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""
        return self.encoder.records

    @cached_property
    def direct(self) -> core.Scorer | None:
        """What scores reviews without making rows, where that can be: for linear models, with the C code."""
        simple = self.scorer.simple if isinstance(self.scorer, Linear) else None
        return self.encoder.pipeline.scorer(*simple) if simple else None

    def predict(self, records: Sequence[Any], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record: `score`, `label` and `probabilities`.

        `score` is the probability of the positive class. With `explain`, `explanation` says what moved it: see
        `explanation`.
        """
        direct = self.direct
        if explain:
            explanations = explain_directly(direct, records) if direct else self._explain(records)
            return [{**self._prediction(one["margin"]), "explanation": one} for one in explanations]
        margins = direct.margins(records) if direct else self._margins(self.encoder.rows(records)).tolist()
        return [self._prediction(margin) for margin in margins]

    def scores(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logistic function of the margins."""
        return 0.5 + 0.5 * np.tanh(0.5 * margins)  # 1 / (1 + exp(-margin)) without its overflow

    def _margins(self, rows: Rows) -> NDArray[np.float64]:
        return self.scorer.margins(rows)[:, 0]

    def _prediction(self, margin: float) -> dict[str, Any]:
        score = 0.5 + 0.5 * tanh(0.5 * margin)
        negative, positive = self.manifest.labels
        label = positive if score > THRESHOLD else negative
        return {"label": label, "score": score, "probabilities": {negative: 1 - score, positive: score}}

    def _explain(self, records: Sequence[str]) -> Iterator[dict[str, Any]]:
        rows = self.encoder.rows(records)
        margins, contributions = self._margins(rows).tolist(), self.scorer.contributions(rows, 0)
        for number, record in enumerate(records):
            columns = rows.features[rows.starts[number] : rows.starts[number + 1]]
            yield explanation(self.encoder, record, columns, contributions[number], margins[number])


def explain_directly(scorer: core.Scorer, records: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the `explanation` of each record, from a scorer that needs no rows."""
    for margin, rest, names, contributions in scorer.explain(records, EXPLAINED):
        words = [{"word": name, "contribution": value} for name, value in zip(names, contributions, strict=True)]
        yield {"base": scorer.base, "words": words, "rest": rest, "margin": margin}


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
