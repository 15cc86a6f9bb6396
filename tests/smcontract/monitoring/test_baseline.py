import json

import numpy as np
import pytest
from smcontract.errors import UserError
from smcontract.monitoring.baseline import Baseline, Statistic, sizes, stability_index

LABELS = ("neg", "pos")
BASELINE = Baseline(
    bytes(4096), LABELS, {name: Statistic(np.arange(size) + 10, 0.25) for name, size in sizes(LABELS).items()}
)


def test_what_is_written_is_read():
    read = Baseline.from_json(json.loads(json.dumps(BASELINE.to_json())))
    assert read.to_json() == BASELINE.to_json()


@pytest.mark.parametrize("value", [{}, {"format": 2, "anything": 1}])
def test_a_manifest_without_a_baseline_or_with_a_later_one_has_none(value):
    assert Baseline.from_json(value) is None


@pytest.mark.parametrize(
    "change",
    [
        {"known_words": "é"},
        {"known_words": "AAAA"},
        {"labels": None},
        {"labels": ["neg"]},
        {"statistics": {"length": {"counts": [1, 2], "threshold": 0.1}}},
        {"statistics": {"labels": {"counts": [-1, 2], "threshold": 0.1}}},
        {"statistics": {"labels": {"counts": [1, 2], "threshold": 0}}},
        {"statistics": {"labels": {"counts": [1, 2]}}},
        {"statistics": {"labels": {"counts": ["a", 2], "threshold": 0.1}}},
        {"statistics": []},
    ],
)
def test_a_malformed_baseline_is_refused(change):
    with pytest.raises(UserError, match=r"the manifest's baseline is malformed: .*train the model again"):
        Baseline.from_json(BASELINE.to_json() | change)


def test_the_index_is_that_of_the_formula():
    expected, actual = np.array([100, 200, 700]), np.array([300, 0, 200])
    e, a = (expected + 0.5) / 1001.5, (actual + 0.5) / 501.5
    assert float(stability_index(expected, actual)) == pytest.approx(float(np.sum((a - e) * np.log(a / e))))
    assert float(stability_index(expected, expected)) == 0
    assert stability_index(np.stack([expected, actual]), actual).shape == (2,)


def test_drift_is_the_largest_index_by_its_threshold():
    same = {name: one.counts for name, one in BASELINE.statistics.items()}
    assert BASELINE.drift(same) == 0
    moved = BASELINE.drift({**same, "labels": np.array([500, 0])})
    assert moved == pytest.approx(BASELINE.indices({**same, "labels": np.array([500, 0])})["labels"] / 0.25)
