"""What hosts need to train a network together: the first one's arrays, a part of each batch, the sum of gradients.

The wide part and everything that is measured are the first host's alone. Each batch is that of one host, in the same
order; each host takes its rows of it, and the gradients are added up before each step, so that a step is that of one
host but for rounding and for what dropout draws.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError, shown
from smcontract.training.hosts.connection import Message
from smcontract.training.hosts.group import Group
from smcontract.training.job import Job

from headline_mxnet.padded import Padded
from headline_mxnet.prepared import Data, Prepared

Arrays = dict[str, NDArray[Any]]


def check(job: Job, settings: Mapping[str, Any]) -> None:
    """Raise UserError where a channel is divided whose files belong together: pairs of arrays, and word vectors."""
    whole = [
        channel for channel in job.channels.values() if settings["input"] == "arrays" or channel.name == "embeddings"
    ]
    for channel in whole:
        if channel.is_divided and len(job.resources.hosts) > 1:
            raise UserError(
                f"channel {shown(channel.name)} is ShardedByS3Key, and its files belong together: set "
                "S3DataDistributionType to FullyReplicated"
            )


def spread(prepared: Prepared | None, group: Group) -> Prepared:
    """Give all hosts what the first one has prepared, as far as the network needs it to learn: no validation data."""
    if group.size == 1 and prepared:
        return prepared
    message: dict[str, Any] = {}
    if prepared:
        train, encoder = prepared.data["train"], prepared.encoder
        message = {"ids": train.ids, "labels": train.labels, "names": prepared.labels, "vectors": prepared.vectors}
        message |= {"shape": [encoder.n_ids, encoder.max_length]}
    told = group.broadcast(message)
    if prepared:
        return prepared
    data = {"train": Data(told["ids"], told["labels"], told["ids"])}
    return Prepared(Padded(*told["shape"]), data, tuple(told["names"]), told["vectors"], ())


class Gradients:
    """The gradients of MXNet's `parameters` on all hosts of a group."""

    def __init__(self, group: Group, parameters: Sequence[Any]) -> None:
        self._group = group
        self._learnt = [parameter for parameter in parameters if parameter.grad_req != "null"]

    def part(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return this host's part of a batch, which may be empty."""
        return rows[self._group.rank :: self._group.size]

    def any(self, stop: threading.Event) -> bool:
        """Whether `stop` is set on a host."""
        return self._group.any(stop.is_set())

    def add_up(self, is_empty: bool) -> None:
        """Replace each gradient by the sum of those of all hosts; one that `is_empty` counts for nothing."""
        if self._group.size == 1:
            return
        message: Arrays = {}
        for number, parameter in enumerate(self._learnt):
            if is_empty:
                continue
            gradient = parameter.grad()
            if gradient.stype == "row_sparse":
                message |= {f"rows {number}": gradient.indices.asnumpy(), f"{number}": gradient.data.asnumpy()}
            else:
                message[f"{number}"] = gradient.asnumpy()
        every = self._group.gather(message)
        total = self._group.broadcast(_summed(every, len(self._learnt)) if every else {})
        for number, parameter in enumerate(self._learnt):
            _put(parameter, total.get(f"rows {number}"), total[f"{number}"])


def _summed(every: Sequence[Message], count: int) -> Arrays:
    """In the order of the hosts, so that the sum is the same each time."""
    found: Arrays = {}
    there = [message for message in every if message]
    for number in range(count):
        name, rows = f"{number}", f"rows {number}"
        if rows not in there[0]:
            found[name] = sum((message[name] for message in there[1:]), start=there[0][name])
            continue
        found[rows] = np.unique(np.concatenate([message[rows] for message in there]))
        found[name] = np.zeros((len(found[rows]), *there[0][name].shape[1:]), np.float32)
        for message in there:
            found[name][np.searchsorted(found[rows], message[rows])] += message[name]
    return found


def _put(parameter: Any, rows: NDArray[Any] | None, values: NDArray[np.float32]) -> None:
    from headline_mxnet.numpy1 import mx  # takes seconds, and jobs of the wide part alone need it not

    gradient = parameter.grad()
    if rows is None:
        gradient[:] = mx.nd.array(values)
    else:
        mx.nd.sparse.row_sparse_array((values, rows), shape=gradient.shape).copyto(gradient)
