"""What validation data say of a model during training."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from smcontract.training import quality

from headline_mxnet.forward import softmax
from headline_mxnet.prepared import Data
from headline_mxnet.views import Array

Scores = Callable[[NDArray[np.int32], Sequence[str]], Array]


def judge(scores: Scores, data: Data, n_classes: int) -> dict[str, float]:
    """Return the metrics of scores before softmax, as the log has them."""
    probabilities = softmax(scores(data.words, data.others))
    counts = quality.confusion(data.labels, np.argmax(probabilities, axis=1), n_classes)
    right = probabilities[np.arange(len(data.labels)), data.labels]
    found = quality.metrics(counts)
    return {
        "validation:loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
        "validation:accuracy": found["accuracy"],
        "validation:macro_f1": found["macro_f1"],
    }
