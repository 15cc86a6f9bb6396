import json

import numpy as np
import pytest
from headline_mxnet import evaluation


def test_a_worked_example():
    truth = np.array([0, 0, 0, 1, 1, 2], np.int32)
    counts = evaluation.confusion(truth, np.array([0, 0, 1, 1, 0, 2]), 4)
    assert counts.tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    found = evaluation.metrics(counts)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    report = evaluation.report(counts, ["a", "b", "c", "d"])
    assert report["recall"] == {"a": 2 / 3, "b": 1 / 2, "c": 1, "d": None}
    assert json.loads(json.dumps(report)) == report
