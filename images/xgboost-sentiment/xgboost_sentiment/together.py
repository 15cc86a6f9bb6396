"""What hosts need to train trees together: their parts of the rows, XGBoost's communicator, the same intercept.

Trees by `hist` come out the same for every number of hosts, byte for byte, where the columns have no more distinct
values than bins (the weighted words of reviews have one each) and the sums of gradients suffer no rounding, which of
float32 in float64 they seldom do. Nothing is drawn at random then: `subsample` draws from each host's rows.
"""

import json
import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import xgboost
from scipy.sparse import csr_matrix
from smcontract.training.hosts.connection import Message
from smcontract.training.hosts.group import Group
from xgboost import collective
from xgboost.tracker import RabitTracker

from xgboost_sentiment.matrices import matrix
from xgboost_sentiment.pieces import Table
from xgboost_sentiment.prepared import Data

Each = TypeVar("Each", bound=Table)

log = logging.getLogger(__name__)

_GIVEN, _ESTIMATED = (b"boost_from_averageSL\0\0\0\0\0\0\0\x01" + flag for flag in (b"0", b"1"))


def team(group: Group, settings: Mapping[str, Any]) -> Group:
    """Return the hosts that train: all, or each alone, of which only the first one has data.

    Alone, because XGBoost's linear booster is not synchronised between hosts (dmlc/xgboost#1708), its exact trees are
    not for several either, and cross-validation divides all rows.
    """
    alone = settings["booster"] == "gblinear" or settings["tree_method"] == "exact" or settings.get("_kfold")
    if alone and group.size > 1:
        log.info("%s trains alone, from the rows of all hosts", group.hosts[0])
    return Group.alone() if alone else group


def spread(data: Mapping[str, Each] | None, group: Group) -> Mapping[str, Each | Data]:
    """Deal the rows of `train`, which the first host has, out to all hosts in order; groups of rows stay whole.

    Of the other data the first host keeps all rows, so that their metrics are exact, and the others get none.
    """
    if group.size == 1:
        return data or {}
    dealt = [_part(data, number, group.size) for number in range(group.size)] if data else []
    message = group.scatter([_message(part) for part in dealt])
    return dealt[0] if dealt else _data(message)


def _part(data: Mapping[str, Table], number: int, count: int) -> dict[str, Data]:
    part = {}
    for name, table in data.items():
        (each,) = table.parts()  # of a job on several hosts they are in memory
        rows = each.matrix.shape[0]
        edges = [rows * place // count if name == "train" else min(place, 1) * rows for place in (number, number + 1)]
        if each.groups is not None:
            edges = [int(np.searchsorted(each.groups, each.groups[edge])) if edge < rows else rows for edge in edges]
        chosen = slice(*edges)
        vectors = (None if vector is None else vector[chosen] for vector in each[1:])
        part[name] = Data(each.matrix[chosen], *vectors)  # type: ignore[arg-type]
    return part


def _message(data: Mapping[str, Data]) -> Message:
    message: dict[str, Any] = {"names": list(data), "columns": data["train"].matrix.shape[1]}
    for name, (rows, *vectors) in data.items():
        parts = (rows.indptr, rows.indices, rows.data, *vectors)
        message |= {f"{name} {number}": part for number, part in enumerate(parts)}
    return message


def _data(message: Message) -> dict[str, Data]:
    data = {}
    for name in message["names"]:
        starts, indices, values, *vectors = (message[f"{name} {number}"] for number in range(6))
        shape = len(starts) - 1, message["columns"]
        data[name] = Data(csr_matrix((values, indices, starts), shape=shape), *vectors)
    return data


def intercept(train: Table, chosen: Mapping[str, Any], group: Group) -> dict[str, Any]:
    """Return the `base_score` that one host with all rows would estimate; nothing where it is given, or for one host.

    XGBoost's own estimate of several hosts is a mean of means, which may differ in its last bit.
    """
    if group.size == 1 or chosen.get("base_score") is not None:
        return {}
    every = group.gather({"labels": train.labels, "weights": train.weights, "groups": train.groups})
    score = _estimate(every, chosen) if group.is_leader else None
    return {"base_score": group.broadcast({"score": score})["score"]}


def _estimate(every: list[Message], chosen: Mapping[str, Any]) -> str:
    vectors = (
        None if every[0][name] is None else np.concatenate([each[name] for each in every])
        for name in ("labels", "weights", "groups")
    )
    labels, *others = vectors
    blank = Data(csr_matrix((len(labels), 1), dtype=np.float32), labels, *others)  # type: ignore[arg-type]
    trees = {"booster": "gbtree", "tree_method": "hist", "max_depth": 1}
    parameters = {name: value for name, value in chosen.items() if name not in ("updater", "process_type")}
    rows = matrix(blank, chosen)
    booster = xgboost.Booster({**parameters, **trees}, [rows])
    booster.update(rows, 0)
    return str(json.loads(booster.save_config())["learner"]["learner_model_param"]["base_score"])


@contextmanager
def communicator(group: Group) -> Iterator[None]:
    """Let XGBoost add up what the hosts of a group find; its tracker runs on the first host."""
    if group.size == 1:
        yield
        return
    tracker, arguments = None, {}
    if group.is_leader:
        tracker = RabitTracker(group.size, socket.gethostbyname(group.address), sortby="task")
        tracker.start()
        arguments = tracker.worker_args()
    arguments = group.broadcast({"arguments": arguments})["arguments"]
    with collective.CommunicatorContext(**arguments, dmlc_task_id=f"{group.rank:05}"):
        yield
    if tracker is not None:
        tracker.wait_for()


def as_one(booster: xgboost.Booster) -> xgboost.Booster:
    """Return a booster whose intercept counts as estimated, as that of one host does: its file is the same then."""
    return xgboost.Booster(model_file=booster.save_raw("ubj").replace(_GIVEN, _ESTIMATED))
