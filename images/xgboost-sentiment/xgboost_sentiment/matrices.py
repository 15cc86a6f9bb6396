"""Rows as XGBoost takes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xgboost

from xgboost_sentiment.prepared import Data


def matrix(data: Data, chosen: Mapping[str, Any]) -> xgboost.DMatrix:
    """Return the data as XGBoost takes it; a negative label of survival:aft is a time after which nothing is known."""
    made = xgboost.DMatrix(
        data.matrix, label=data.labels, weight=data.weights, qid=data.groups, nthread=chosen["nthread"]
    )
    if chosen["objective"] == "survival:aft":
        times = np.abs(data.labels)
        made.set_float_info("label_lower_bound", times)
        made.set_float_info("label_upper_bound", np.where(data.labels < 0, np.inf, times).astype(np.float32))
    return made
