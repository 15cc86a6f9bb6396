"""Metrics of training: a line in the log that SageMaker's regexes read, and metrics.json for everyone else."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smcontract.files import write_object

NAME = "metrics.json"
_METRIC = re.compile(r"[^\s;=]+")


class MetricLog:
    """Reports metrics as they come and remembers them; a value that is not finite is kept as None.

    `extra` is what else metrics.json shall hold, as JSON has it. A `quiet` one writes no lines: of rounds that are not
    the job's, or that another host reports.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self.extra: dict[str, Any] = {}
        self.history: list[dict[str, Any]] = []
        self.latest: dict[str, float | None] = {}

    def report(self, epoch: int | None, metrics: Mapping[str, float]) -> None:
        """Write one line, `epoch=3; validation:accuracy=0.9134;`, and flush it; without an epoch only the metrics.

        Raises ValueError for a metric whose name holds white space, `;` or `=`.
        """
        for name in metrics:
            if not _METRIC.fullmatch(name):
                raise ValueError(f"metric name {name!r} holds white space, ';' or '='")
        values = {name: float(value) for name, value in metrics.items()}
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self.history.append(finite if epoch is None else {"epoch": epoch, **finite})
        self.latest.update(finite)
        if self._quiet:
            return
        head = [] if epoch is None else [f"epoch={epoch};"]
        sys.stdout.write(" ".join([*head, *(f"{name}={value:.6g};" for name, value in values.items())]) + "\n")
        sys.stdout.flush()

    def restore(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Remember what an earlier attempt of the job has reported, without reporting it again."""
        for line in history:
            self.history.append(dict(line))
            self.latest.update({name: value for name, value in line.items() if name != "epoch"})

    def save(self, path: Path) -> None:
        """Write metrics.json: `latest` (each metric's last value), `history` (one object a line reported), `extra`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_object(path, {"latest": self.latest, "history": self.history, **self.extra})
