"""Checkpoints of a network's training: weights, Adam's moments, random numbers, the mean and the best so far.

Taken at the ends of epochs. Arrays are named by their places, since MXNet numbers parameters anew in each process.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog

from headline_mxnet.averaging import Kept, Weights, copied, put
from headline_mxnet.numpy1 import mx

Arrays = dict[str, NDArray[Any]]

_HOSTS_APART = 1_000_003  # more than a job has epochs


class Best(NamedTuple):
    """The epoch with the best validation accuracy, its metrics, and the weights that would be kept."""

    epoch: int
    values: dict[str, float]
    weights: Weights


class Point(NamedTuple):
    """The end of an epoch."""

    epoch: int
    values: dict[str, float]
    best: Best | None


class Resuming:
    """The checkpoints of one training, on all hosts of a group; without a place for them nothing is taken."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        block: Any,
        trainer: Any,
        random: np.random.Generator,
        metrics: MetricLog,
        group: Group,
    ) -> None:
        self._checkpoints, self._block, self._trainer = checkpoints, block, trainer
        self._random, self._metrics, self._group = random, metrics, group
        self._taken: tuple[int, dict[str, Any], Arrays] | None = None

    def begin(self, epoch: int, seed: int) -> None:
        """Give an epoch random numbers of its own, as MXNet's own state cannot be saved, and each host others."""
        if self._checkpoints or self._group.rank:
            mx.random.seed((seed + epoch + _HOSTS_APART * self._group.rank) % 2**31)

    def take(self, point: Point, kept: Kept) -> None:
        """Take note of the end of an epoch; save when it is time."""
        if not self._checkpoints or not self._group.is_leader:
            return
        optimizer, updater = self._trainer._optimizer, self._trainer._updaters[0]
        state = {
            "epoch": point.epoch,
            "values": point.values,
            "best": {"epoch": point.best.epoch, "values": point.best.values} if point.best else None,
            "averaged": kept.epochs,
            "history": list(self._metrics.history),
            "random": self._random.bit_generator.state,
            "updates": [optimizer._index_update_count.get(index, 0) for index in self._indices()],
        }
        arrays = _named("weight", copied(self._block)) | _named("kept", kept.weights)
        arrays |= _named("best", point.best.weights) if point.best else {}
        for number, index in enumerate(self._indices()):
            moments = updater.states.get(index, ())
            arrays |= {f"moment-{number}-{place}": moment.asnumpy() for place, moment in enumerate(moments)}
        self._taken = point.epoch, state, arrays
        if self._checkpoints.due():
            self.save()

    def save(self) -> None:
        """Save the end of the last epoch, unless that is done."""
        if self._taken:
            self._checkpoints.save(*self._taken)
            self._taken = None

    def restore(self, kept: Kept) -> Point | None:
        """Bring everything to where the newest checkpoint was taken, and return the epoch; None without one."""
        found = self._checkpoints.newest(self._group)
        if found is None:
            return None
        state = found.state
        put(self._block, self._weights("weight", found.arrays))
        kept.weights, kept.epochs = self._weights("kept", found.arrays), state["averaged"]
        optimizer, updater = self._trainer._optimizer, self._trainer._updaters[0]
        for number, (index, count) in enumerate(zip(self._indices(), state["updates"], strict=True)):
            if count:
                parameter = self._trainer._params[index]
                updater.states[index] = optimizer.create_state_multi_precision(index, parameter.data())
                updater.states_synced[index] = True
                for place, moment in enumerate(updater.states[index]):
                    moment[:] = mx.nd.array(found.arrays[f"moment-{number}-{place}"])
                optimizer._index_update_count[index] = count
        optimizer.num_update = max(state["updates"])
        self._random.bit_generator.state = state["random"]
        self._metrics.restore(state["history"])
        best = state["best"] if self._group.is_leader else None
        return Point(
            state["epoch"], state["values"], Best(**best, weights=self._weights("best", found.arrays)) if best else None
        )

    def _indices(self) -> list[int]:
        """The optimiser's index of each parameter: it has them in the order of their names, which have numbers."""
        return [self._trainer._param2idx[name] for name in self._block.collect_params()]

    def _weights(self, kind: str, arrays: Mapping[str, NDArray[Any]]) -> Weights:
        names = self._block.collect_params().keys()
        return {name: mx.nd.array(arrays[f"{kind}-{number}"]) for number, name in enumerate(names)}


def _named(kind: str, weights: Weights) -> Arrays:
    return {f"{kind}-{number}": weight.asnumpy() for number, weight in enumerate(weights.values())}
