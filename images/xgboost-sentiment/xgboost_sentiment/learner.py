"""What learns from rows of words, behind one function, so that another learner can take XGBoost's place.

Writes no files. What is served of a linear model is its weights alone: see `scorers`.
"""

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from smcontract.training.metrics import MetricLog

from xgboost_sentiment import boosting
from xgboost_sentiment.prepared import Data
from xgboost_sentiment.progress import Part
from xgboost_sentiment.trees import weights


class Learnt(NamedTuple):
    """A model: the content of its file in the learner's own format and, if it is linear, its weights.

    `weights`, float32 (n_features + 1,): the last is that of a column of ones.
    """

    file: bytes
    weights: NDArray[np.float32] | None


def learn(
    data: Mapping[str, Data],
    settings: Mapping[str, Any],
    threads: int,
    stop: threading.Event,
    metrics: MetricLog,
    part: Part,
) -> Learnt:
    """Learn from `train`, watched on `validation` where there is one; resume from `part`.

    The hosts of `part` learn together, each from its rows. Raises UserError for settings that do not fit.
    """
    booster = boosting.train(data, settings, threads, stop, metrics, part)
    # By way of memory: Python reports a full disk, XGBoost's own writer does not always.
    return Learnt(bytes(booster.save_raw("ubj")), weights(booster) if settings["booster"] == "gblinear" else None)
