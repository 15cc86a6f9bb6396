"""Trees without XGBoost: a few microseconds a row in C, where a call of XGBoost's takes some 200.

It gives XGBoost's own numbers, bit for bit, because it adds the same leaves in the same order in single precision.
"""

import json
from contextlib import suppress
from importlib import import_module
from typing import Any, Self

import numpy as np
import xgboost
from numpy.typing import NDArray
from textprep.pipeline import Rows

_core: Any = None
with suppress(ImportError):
    _core = import_module("xgboost_sentiment._forest")

LARGEST = 2_000_000
"""Bytes of a model that is taken, some 50,000 nodes: reading it takes a quarter of a second and 100 MB."""

_LOGISTIC = {"binary:logistic": True, "reg:logistic": True, "reg:squarederror": False}
_NODE = np.dtype([("value", np.float32), ("feature", np.int32), ("left", np.int32), ("default_left", np.int32)])


class Forest:
    """The trees of a booster, up to round `end` (0: all). Not for several threads at once.

    `nodes` are laid out from the root down, both children of a node side by side behind it.
    """

    def __init__(self, model: dict[str, Any], end: int) -> None:
        learner = model["learner"]
        boosted = learner["gradient_booster"]["model"]
        nodes: list[tuple[float, int, int, int]] = []
        roots = []
        for tree in boosted["trees"][: boosted["iteration_indptr"][end] if end else None]:
            roots.append(len(nodes))
            _lay_out(tree, nodes)
        self._nodes, self._roots = np.array(nodes, _NODE), np.array(roots, np.int32)
        self._row = np.full(int(learner["learner_model_param"]["num_feature"]), np.nan, np.float32)
        self._base, self._is_logistic = _base(model), _LOGISTIC[learner["objective"]["name"]]

    @classmethod
    def of(cls, booster: xgboost.Booster, rounds: tuple[int, int] = (0, 0)) -> Self | None:
        """Return the trees of a booster, up to the end of `rounds`, if any; None for one that is left to XGBoost."""
        if _core is None or len(booster.save_raw("ubj")) > LARGEST:
            return None
        model = json.loads(booster.save_raw("json"))
        try:
            return cls(model, rounds[1]) if _is_plain(model["learner"]) else None
        except (ValueError, LookupError):  # damaged: XGBoost loads it all the same
            return None

    def predict(self, rows: Rows, *, margin: bool = False) -> NDArray[np.float32]:
        """Return float32 (n_rows,). The rows' arrays may have other types of numbers, as those of a `csr_matrix` do."""
        forest = self._nodes, self._roots, self._row, self._base, self._is_logistic and not margin
        types = (np.int64, np.int32, np.float32)
        entries = (np.ascontiguousarray(array, kind) for array, kind in zip(rows, types, strict=True))
        return np.frombuffer(_core.predict(*forest, *entries), np.float32)


def _is_plain(learner: dict[str, Any]) -> bool:
    """Whether these are trees of numbers, at least one, which add up to one number a row."""
    booster, shape = learner["gradient_booster"], learner["learner_model_param"]
    return (
        booster["name"] == "gbtree"
        and learner["objective"]["name"] in _LOGISTIC
        and int(shape["num_class"]) < 2
        and int(shape["num_target"]) < 2
        and bool(booster["model"]["trees"])
        and not any(any(tree["split_type"]) for tree in booster["model"]["trees"])
    )


def _base(model: dict[str, Any]) -> float:
    """Return what every margin begins with: what XGBoost predicts when the leaves of the only tree are 0."""
    learner = model["learner"]
    booster = learner["gradient_booster"]
    tree = {**booster["model"]["trees"][0]}
    tree["split_conditions"] = [0.0] * len(tree["split_conditions"])
    only = {"trees": [tree], "tree_info": [0], "iteration_indptr": [0, 1]}
    settings = {**booster["model"]["gbtree_model_param"], "num_trees": "1", "num_parallel_tree": "1"}
    emptied = {**booster, "model": {**booster["model"], **only, "gbtree_model_param": settings}}
    content = json.dumps({**model, "learner": {**learner, "gradient_booster": emptied}}).encode()
    row = np.zeros((1, int(learner["learner_model_param"]["num_feature"])), np.float32)
    made = xgboost.Booster({"nthread": 1}, model_file=bytearray(content))
    return float(made.inplace_predict(row, predict_type="margin")[0])


def _lay_out(tree: dict[str, Any], nodes: list[tuple[float, int, int, int]]) -> None:
    left, right = tree["left_children"], tree["right_children"]
    following = [0]
    start = len(nodes)
    for node in following:  # grows meanwhile
        if len(following) > len(left):
            raise ValueError("a node has two parents")
        value, feature = tree["split_conditions"][node], tree["split_indices"][node]
        is_leaf = left[node] < 0
        nodes.append((value, feature, 0 if is_leaf else start + len(following), int(tree["default_left"][node])))
        if not is_leaf:
            following += left[node], right[node]
