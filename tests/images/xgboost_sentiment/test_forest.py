"""Trees in C give what XGBoost gives, bit for bit."""

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix, random_array
from xgboost_sentiment import columns
from xgboost_sentiment.boosters import Boosters
from xgboost_sentiment.forest import Forest

from tests import sanitizers

SOURCE = Path(__file__).parents[3] / "images" / "xgboost-sentiment" / "core" / "forest.c"


@pytest.fixture(scope="module")
def matrix():
    """Half of the entries are absent, and some of the others are zeros."""
    rng = np.random.default_rng(11)
    found = csr_matrix(random_array((300, 20), density=0.5, rng=rng, dtype=np.float32))
    found.data[:500] = 0
    found.data[500:600] *= -1000
    return found


def grown(matrix, objective="binary:logistic", rounds=30, **parameters):
    labels = np.asarray(matrix.sum(axis=1)).ravel() > 0
    given = {"objective": objective, "nthread": 1, "verbosity": 0, **parameters}
    return xgboost.train(given, xgboost.DMatrix(matrix, label=labels), rounds)


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:logistic", "reg:squarederror"])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_depth": 12, "min_child_weight": 0},
        {"max_depth": 0, "max_leaves": 9, "grow_policy": "lossguide", "tree_method": "hist"},
        {"max_depth": 1, "base_score": 0.25},
        {"num_parallel_tree": 3, "subsample": 0.5, "colsample_bynode": 0.5},
        {"gamma": 1e9},  # trees of a leaf alone
        {"tree_method": "exact", "gamma": 0.5, "max_depth": 5},  # pruned: some nodes are left over
    ],
)
def test_trees_give_what_xgboost_gives(matrix, objective, parameters):
    booster = grown(matrix, objective, **parameters)
    for end in (0, 7):
        forest = Forest.of(booster, (0, end))
        for margin, kind in ((False, "value"), (True, "margin")):
            expected = booster.inplace_predict(matrix, predict_type=kind, iteration_range=(0, end))
            assert forest.predict(columns.rows(matrix), margin=margin).tolist() == expected.tolist()
            each = [forest.predict(columns.rows(matrix[row]), margin=margin)[0] for row in range(20)]
            assert each == expected[:20].tolist()


@pytest.mark.parametrize(
    "parameters",
    [
        {"booster": "dart", "rate_drop": 0.5},
        {"booster": "gblinear"},
        {"objective": "binary:hinge"},
        {"objective": "count:poisson"},
        {"objective": "multi:softprob", "num_class": 3},
        {"rounds": 0},
    ],
)
def test_other_models_are_left_to_xgboost(matrix, parameters):
    booster = grown(matrix, **parameters)
    assert Forest.of(booster) is None
    expected = booster.predict(xgboost.DMatrix(matrix))
    assert Boosters([booster]).values(columns.rows(matrix)) == pytest.approx(expected, abs=1e-6)


def test_categories_and_several_targets_are_left_to_xgboost():
    numbers = np.random.default_rng(2).integers(0, 5, (100, 2)).astype(np.float32)
    data = xgboost.DMatrix(numbers, label=numbers[:, 0] % 2, feature_types=["c", "q"], enable_categorical=True)
    assert Forest.of(xgboost.train({"tree_method": "hist", "max_cat_to_onehot": 1, "nthread": 1}, data, 3)) is None
    targets = xgboost.DMatrix(numbers, label=numbers)
    assert Forest.of(xgboost.train({"nthread": 1}, targets, 3)) is None


@pytest.mark.parametrize("child", [0, 2, 99_999])
def test_damaged_trees_are_left_to_xgboost(matrix, child):
    model = json.loads(grown(matrix, rounds=2).save_raw("json"))
    model["learner"]["gradient_booster"]["model"]["trees"][1]["left_children"][1] = child
    assert Forest.of(xgboost.Booster(model_file=bytearray(json.dumps(model).encode()))) is None


HOSTILE = r"""
import random, sys
sys.path.insert(0, sys.argv[1])
import _forest
from array import array

generator = random.Random(5)
small = lambda: generator.choice([0, 0, 0, 1, 1, 2, 2, 3, 5, -1, -2**31, 2**31 - 1])
good = 0
for _ in range(60_000):
    nodes = array("i", [small() for _ in range(4 * generator.randrange(8))])
    roots = array("i", [small() for _ in range(generator.randrange(4))])
    row = array("f", [float("nan")] * 4)
    starts = array("q", generator.choice([[small(), small(), small()], [0, 1], [0, 0, 2], []]))
    columns = array("i", [small() for _ in range(generator.randrange(4))])
    values = array("f", [1.0] * generator.choice([len(columns), 2]))
    try:
        _forest.predict(nodes, roots, row, 0.5, True, starts, columns, values)
        good += len(roots) > 0 and len(starts) > 1
    except ValueError:
        pass
    assert str(row) == "array('f', [nan, nan, nan, nan])"
print("done" if good > 100 else good)
"""


def test_nothing_is_read_or_written_out_of_bounds(tmp_path):
    sanitizers.build(SOURCE, tmp_path, "_forest")
    (tmp_path / "hostile.py").write_text(HOSTILE)
    done = sanitizers.run(tmp_path / "hostile.py", tmp_path)
    assert done.stdout == "done\n", done.stderr[-5_000:]
