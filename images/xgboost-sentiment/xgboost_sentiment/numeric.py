"""The model of `input` features as it is served, and models of SageMaker's XGBoost. Trains nothing, knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import numpy as np
from smcontract import manifest
from smcontract.errors import UserError, shown
from smcontract.manifest import Manifest
from smcontract.records import Row

from xgboost_sentiment import IMAGE, boosters, columns, foreign, objectives
from xgboost_sentiment.boosters import Boosters
from xgboost_sentiment.columns import Rows

EXPLAINED = 10  # columns named in an explanation


@dataclass(frozen=True)
class Numeric:
    """A loaded model, in the form that `smcontract.serving.handler` asks for."""

    manifest: Manifest
    boosters: Boosters
    records: Rows

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an artefact, or a foreign one. Raises UserError when it is missing, damaged or of another format."""
        if foreign.is_foreign(folder):
            foreign.check_alone(folder)
            found = boosters.read(folder)
            settings = {"hyperparameters": {"input": "features", "objective": found.objective}}
            card = Manifest(IMAGE, version(IMAGE), settings=settings)
            return cls(card, found, Rows(found.n_features, zeros=True))
        card = manifest.read(folder, IMAGE)
        n_features = card.settings.get("n_features")
        if type(n_features) is not int or n_features < 1:
            raise UserError(f"the manifest in {folder} says n_features {shown(n_features)}: train the model again")
        manifest.check_fingerprint(folder, card, fingerprint(n_features))
        found = boosters.read(folder)
        if found.n_features != n_features or found.objective != card.settings["hyperparameters"]["objective"]:
            raise UserError(
                f"the files in {folder} do not belong together: the model has {found.n_features} features and "
                f"{found.objective}, the manifest says {n_features}; deploy the whole model.tar.gz"
            )
        return cls(card, found, Rows(n_features, zeros=bool(card.settings.get("zeros"))))

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes; empty where numbers are predicted."""
        return tuple(map(str, range(self.boosters.n_classes)))

    def predict(self, records: Sequence[Row], explain: bool = False) -> list[dict[str, Any]]:
        """Return a prediction for each record: `score`, with classes also `label` and where there are `probabilities`.

        `score` is what XGBoost predicts. With `explain`, `explanation` says what moved it: see `_explanation`.
        """
        rows, objective = columns.join(records), self.boosters.objective
        values = self.boosters.values(rows)
        predictions: list[dict[str, Any]] = [{"score": score} for score in values.tolist()]
        chosen = objectives.classes(objective, values).tolist() if self.labels else [0] * len(records)
        for number, prediction in enumerate(predictions):
            if self.labels:
                predictions[number] = prediction = {"label": self.labels[chosen[number]], **prediction}
            if objective in ("binary:logistic", "multi:softprob"):
                score = prediction["score"]
                each = score if isinstance(score, list) else [1 - score, score]
                prediction["probabilities"] = dict(zip(self.labels, each, strict=True))
            if explain:
                prediction["explanation"] = self._explanation(records[number], chosen[number])
        return predictions

    def _explanation(self, row: Row, label: int) -> dict[str, Any]:
        """Say what moved the margin, such as the logarithm of the odds: `base` + all contributions + `rest` = `margin`.

        Named are the columns with the largest contributions, of those that are there in this record; `rest` is the sum
        of all others. Of several classes it is the margin of the one predicted.
        """
        base, stored, absent = self.boosters.explain(
            columns.matrix(columns.join([row]), self.boosters.n_features), label
        )
        top = np.argsort(-np.abs(stored), kind="stable")[:EXPLAINED]
        named = zip(row.indices[top].tolist(), stored[top].tolist(), strict=True)
        return {
            "base": base,
            "features": [{"feature": str(column), "contribution": contribution} for column, contribution in named],
            "rest": float(stored.sum() - stored[top].sum()) + absent,
            "margin": base + float(stored.sum()) + absent,
        }


def fingerprint(n_features: int) -> str:
    """The number of columns is all there is to know of the preprocessing."""
    return f"{n_features} features"
