"""Rows as XGBoost takes them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xgboost

from xgboost_sentiment.pieces import Pieces, Table
from xgboost_sentiment.prepared import Data


def matrix(data: Table, chosen: Mapping[str, Any], learns: bool = False) -> xgboost.DMatrix:
    """Return the data as XGBoost takes it; of pieces on disk a matrix that stays there.

    What trees of hist learn from is there in bins alone; all other data is as it is, as no cuts are known for it.
    """
    objective, nthread = chosen["objective"], chosen["nthread"]
    if not isinstance(data, Pieces):
        return xgboost.DMatrix(data.matrix, **_fields(data, objective), nthread=nthread)
    batches = _Batches(data, objective)
    if learns:
        return xgboost.ExtMemQuantileDMatrix(batches, max_bin=chosen.get("max_bin"), nthread=nthread)
    return xgboost.DMatrix(batches, nthread=nthread)


class _Batches(xgboost.DataIter):  # type: ignore[misc]  # XGBoost is not followed
    """Gives XGBoost the pieces, as often as it asks; what it makes of them lies beside them."""

    def __init__(self, data: Pieces, objective: str) -> None:
        super().__init__(cache_prefix=str(data.folder / "pages"))
        self._data, self._objective = data, objective
        self.reset()

    def next(self, input_data: Callable[..., None]) -> bool:
        part = next(self._parts, None)
        if part is not None:
            input_data(data=part.matrix, **_fields(part, self._objective))
        return part is not None

    def reset(self) -> None:
        self._parts = self._data.parts()


def _fields(data: Data, objective: str) -> dict[str, Any]:
    """What there is beside the rows; a negative label of survival:aft is a time after which nothing is known."""
    found = {"label": data.labels, "weight": data.weights, "qid": data.groups}
    if objective != "survival:aft":
        return found
    times = np.abs(data.labels)
    upper = np.where(data.labels < 0, np.inf, times).astype(np.float32)
    return {**found, "label_lower_bound": times, "label_upper_bound": upper}
