"""From a matrix to margins, and to what each column contributes to them. One class for each booster."""

from typing import NamedTuple

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


class Contributions(NamedTuple):
    """Why a row has its margin: `base` + `stored`.sum() + `absent` is the margin, to 1e-5.

    `stored` (n_stored,): one value for each entry of the row; `absent`: that of all columns that are zero in it.
    """

    base: float
    stored: NDArray[np.float64]
    absent: float


class Linear:
    """The booster gblinear, without XGBoost: a product, much faster for one row than a call of XGBoost.

    The weights are what XGBoost says that a row of ones would get from each column.
    """

    def __init__(self, booster: xgboost.Booster) -> None:
        ones = np.ones((1, booster.num_features()), np.float32)
        *_, weights = booster.predict(xgboost.DMatrix(ones, nthread=1), pred_contribs=True).astype(np.float64)
        self.weights, self.base = weights[:-1], float(weights[-1])

    def margins(self, matrix: csr_matrix) -> NDArray[np.float64]:
        """Return float64 (n_rows,); the same for a row whatever rows come with it."""
        return matrix @ self.weights + self.base  # type: ignore[no-any-return]

    def contributions(self, row: csr_matrix) -> Contributions:
        """Explain a matrix of one row."""
        return Contributions(self.base, row.data * self.weights[row.indices], 0.0)


class Trees:
    """The booster gbtree; contributions are XGBoost's SHAP values."""

    def __init__(self, booster: xgboost.Booster) -> None:
        self._booster = booster

    def margins(self, matrix: csr_matrix) -> NDArray[np.float64]:
        """Return float64 (n_rows,)."""
        return self._booster.inplace_predict(matrix, predict_type="margin").astype(np.float64)  # type: ignore[no-any-return]

    def contributions(self, row: csr_matrix) -> Contributions:
        """Explain a matrix of one row."""
        *_, values = self._booster.predict(xgboost.DMatrix(row, nthread=1), pred_contribs=True).astype(np.float64)
        stored = values[row.indices]
        return Contributions(float(values[-1]), stored, float(values[:-1].sum() - stored.sum()))
