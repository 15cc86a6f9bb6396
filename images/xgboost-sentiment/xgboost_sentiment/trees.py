"""Models of XGBoost as they are served: trees, and linear ones that were saved without weights."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.errors import UserError
from textprep.pipeline import Rows
from textprep.specification import Norm

from xgboost_sentiment import columns
from xgboost_sentiment.forest import Forest
from xgboost_sentiment.rest import Ratios, weigh
from xgboost_sentiment.scorers import Contributions

log = logging.getLogger(__name__)


class Trees:
    """Models of trees over the same columns; contributions are XGBoost's SHAP values.

    `weights`, float32 (n_models, n_features): what the columns are multiplied by before each model sees them; None for
    nothing; with `norm` l2 the rows are then divided by their lengths.
    """

    def __init__(self, boosters: Sequence[xgboost.Booster], weights: Ratios = None, norm: Norm = "none") -> None:
        self._boosters, self._weights, self._norm = boosters, weights, norm
        self._forests = [Forest.of(booster) for booster in boosters]
        self._n_features = boosters[0].num_features()

    def margins(self, rows: Rows) -> NDArray[np.float64]:
        """Return float64 (n_rows, n_models)."""
        found = [self._margins(rows, number).astype(np.float64) for number in range(len(self._boosters))]
        return np.stack(found, axis=1)

    def contributions(self, rows: Rows, number: int) -> Sequence[Contributions]:
        """Explain the margins of a model, row by row; a column that its weight makes zero contributes 0."""
        matrix = self._seen(rows, number)
        return [self._explain(matrix[place], rows, place, number) for place in range(matrix.shape[0])]

    def _margins(self, rows: Rows, number: int) -> NDArray[np.float32]:
        forest = self._forests[number]
        if forest:
            seen = rows if self._weights is None else columns.rows(self._seen(rows, number))
            return forest.predict(seen, margin=True)
        margins: NDArray[np.float32]
        margins = self._boosters[number].inplace_predict(self._seen(rows, number), predict_type="margin")
        return margins

    def _explain(self, row: csr_matrix, rows: Rows, place: int, number: int) -> Contributions:
        # One row at a time, as XGBoost gives a number for each column.
        *_, values = self._boosters[number].predict(xgboost.DMatrix(row, nthread=1), pred_contribs=True)
        values = values.astype(np.float64)
        stored = values[rows.features[rows.starts[place] : rows.starts[place + 1]]]
        return Contributions(float(values[-1]), stored, float(values[:-1].sum() - stored.sum()))

    def _seen(self, rows: Rows, number: int) -> csr_matrix:
        return weigh(columns.matrix(rows, self._n_features), self._weights, number, self._norm)


def weights(booster: xgboost.Booster) -> NDArray[np.float32]:
    """Return those of the booster gblinear, float32 (n_features + 1,): what a row of ones gets from each, bias last."""
    ones = xgboost.DMatrix(np.ones((1, booster.num_features()), np.float32), nthread=1)
    return booster.predict(ones, pred_contribs=True)[0]  # type: ignore[no-any-return]


def read(path: Path, n_features: int) -> xgboost.Booster:
    """Read XGBoost's own format. Raises UserError for a damaged file, or one of another number of features."""
    booster = xgboost.Booster({"nthread": 1})
    try:
        booster.load_model(path)
    except xgboost.core.XGBoostError as error:
        log.debug("XGBoost says: %s", error)
        raise UserError(
            f"XGBoost cannot read {path}: it is damaged; deploy the whole model.tar.gz of one training job"
        ) from error
    if booster.num_features() != n_features:
        raise UserError(
            f"the files in {path.parent} do not belong together: {path.name} has {booster.num_features()} features, "
            f"the preprocessing {n_features}; deploy the whole model.tar.gz"
        )
    return booster
