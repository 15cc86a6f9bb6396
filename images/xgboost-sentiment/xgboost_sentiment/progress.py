"""How far each booster of a job has come, in the job's checkpoints: one booster, or one for each label or fold.

Hosts that train a booster together come equally far; the first one saves, and says when.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from smcontract.training.checkpoints import Checkpoint, Checkpoints
from smcontract.training.hosts.group import Group


class Best(NamedTuple):
    """The round that early stopping would keep: its number, its metrics, its model as XGBoost writes it."""

    epoch: int
    values: dict[str, float]
    model: bytes


class State(NamedTuple):
    """A booster after `epoch` rounds: its model, the best round so far, and the metrics of all rounds."""

    epoch: int
    model: bytes
    best: Best | None
    history: list[dict[str, Any]]


class Part:
    """The place of one booster among the job's. `state` is what it has come to, None before its first round."""

    def __init__(self, progress: "Progress", state: State | None) -> None:
        self._progress, self.state = progress, state
        self._kept = time.monotonic()

    @property
    def group(self) -> Group:
        """The hosts that train it together."""
        return self._progress.group

    @property
    def is_kept(self) -> bool:
        """Whether the job has checkpoints."""
        return bool(self._progress.checkpoints)

    def keep(self, state: Callable[[], State], is_last: bool) -> None:
        """Take note of a round that has ended, if it is the last or time has come; save, unless it is the last."""
        if not self.is_kept:
            return
        is_due = self.group.first(time.monotonic() >= self._kept + self._progress.checkpoints.interval)
        if is_last or is_due:
            self.state = state()
        if is_due:
            self._progress.save()
            self._kept = time.monotonic()


class Progress:
    """All boosters of a job, which may train in several threads, or each on the hosts of a `group`.

    A step is a round of any of them.
    """

    def __init__(self, checkpoints: Checkpoints, group: Group | None = None) -> None:
        self.checkpoints, self.group = checkpoints, group or Group.alone()
        self._lock = threading.Lock()
        found = checkpoints.newest(self.group)
        self._saved = found.step if found else 0
        self._parts = {number: Part(self, state) for number, state in _states(found).items()} if found else {}

    def part(self, number: int = 0) -> Part:
        """Return the place of a booster, to be asked for once."""
        with self._lock:
            return self._parts.setdefault(number, Part(self, None))

    def save(self) -> None:
        """Save what all boosters have come to, if it is more than is saved."""
        with self._lock:
            states = {number: part.state for number, part in self._parts.items() if part.state}
            step = sum(state.epoch for state in states.values())
            if step > self._saved:
                self.checkpoints.save(step, *_content(states))
                self._saved = step


def _content(states: Mapping[int, State]) -> tuple[dict[str, Any], dict[str, Any]]:
    described, arrays = {}, {}
    for number, state in states.items():
        described[str(number)] = {"epoch": state.epoch, "history": state.history}
        arrays[f"{number}-model"] = np.frombuffer(state.model, np.uint8)
        if state.best:
            described[str(number)] |= {"best": {"epoch": state.best.epoch, "values": state.best.values}}
            arrays[f"{number}-best"] = np.frombuffer(state.best.model, np.uint8)
    return {"boosters": described}, arrays


def _states(found: Checkpoint) -> dict[int, State]:
    states = {}
    for number, described in found.state["boosters"].items():
        best = described.get("best")
        states[int(number)] = State(
            described["epoch"],
            found.arrays[f"{number}-model"].tobytes(),
            Best(**best, model=found.arrays[f"{number}-best"].tobytes()) if best else None,
            described["history"],
        )
    return states
