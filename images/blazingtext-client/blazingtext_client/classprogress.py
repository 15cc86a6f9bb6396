"""How far training of a classifier has come, and its checkpoints, between any two pieces of an epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.metrics import MetricLog

from blazingtext_client import threads
from blazingtext_client.layout import Weights


@dataclass
class Progress:
    """What each thread has trained: `words`, ends of lines not counted, and `pieces` of its part in this epoch.

    `epoch` is the number of whole epochs. `states` are those of the random numbers; what they were when the epoch
    began, `orders`, gives the order of its pieces. This attempt began with `resumed` words.
    """

    words: list[int]
    pieces: list[int]
    states: list[int]
    orders: list[int]
    epoch: int = 0
    resumed: int = 0

    @classmethod
    def beginning(cls, n: int, seed: int) -> "Progress":
        """Return that of `n` threads which have not begun."""
        states = [threads.chance(seed, number) for number in range(n)]
        return cls([0] * n, [0] * n, states, list(states))

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return sum(self.words)

    def end_epoch(self) -> None:
        """Count an epoch that is trained and judged."""
        self.epoch += 1
        self.pieces, self.orders = [0] * len(self.pieces), list(self.states)


@dataclass
class Best:
    """The best epoch so far: how many validation examples it labels rightly, and its weights if they are `stored`.

    `waited` epochs in a row were not better.
    """

    epoch: int = 0
    right: int = -1
    waited: int = 0
    stored: Weights | None = field(default=None, repr=False)

    def is_beaten(self, epoch: int, right: int) -> bool:
        """Whether this epoch is better; counts those in a row that are not."""
        if right <= self.right:
            self.waited += 1
            return False
        self.epoch, self.right, self.waited = epoch, right, 0
        return True

    def store(self, weights: Weights) -> None:
        """Copy the weights."""
        if self.stored is None:
            self.stored = Weights(*(matrix.copy() for matrix in weights))
        else:
            for to, matrix in zip(self.stored, weights, strict=True):
                np.copyto(to, matrix)


def save(checkpoints: Checkpoints, weights: Weights, progress: Progress, best: Best, metrics: MetricLog) -> None:
    """Save what no thread may change meanwhile; a step is a word."""
    state: dict[str, Any] = {
        "progress": asdict(progress),
        "best": [best.epoch, best.right, best.waited],
        "history": metrics.history,
    }
    arrays = weights._asdict()
    if best.stored is not None:
        arrays |= {f"best_{name}": matrix for name, matrix in best.stored._asdict().items()}
    checkpoints.save(progress.trained, state, arrays)


def restore(checkpoints: Checkpoints, weights: Weights, metrics: MetricLog) -> tuple[Progress, Best] | None:
    """Bring weights and metrics to where the newest checkpoint was taken; return the rest, None without one."""
    found = checkpoints.newest()
    if found is None:
        return None
    for name, matrix in weights._asdict().items():
        np.copyto(matrix, found.arrays[name])
    stored = {name: found.arrays[f"best_{name}"] for name in Weights._fields if f"best_{name}" in found.arrays}
    metrics.restore(found.state["history"])
    progress = Progress(**found.state["progress"])
    progress.resumed = progress.trained
    epoch, right, waited = found.state["best"]
    return progress, Best(epoch, right, waited, Weights(**stored) if stored else None)
