"""Metrics of training: a line in the log that SageMaker's regexes read, and metrics.json for everyone else."""

import math
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smcontract.files import write_object

_NAME = re.compile(r"[^\s;=]+")
_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"


def definitions(names: Iterable[str]) -> list[dict[str, str]]:
    """Return the MetricDefinitions of the AWS API for metrics that `MetricLog` reports.

    Example:
    >>> definitions(["validation:accuracy"])[0]["Name"]
    'validation:accuracy'
    """
    return [{"Name": name, "Regex": rf"(?:^|\s){re.escape(name)}={_NUMBER};"} for name in names]


class MetricLog:
    """Reports metrics as they come and remembers them; a value that is not finite is kept as None."""

    def __init__(self) -> None:
        self.history: list[dict[str, Any]] = []
        self.latest: dict[str, float | None] = {}

    def report(self, epoch: int | None, metrics: Mapping[str, float]) -> None:
        """Write one line, `epoch=3; validation:accuracy=0.9134;`, and flush it; without an epoch only the metrics.

        Raises ValueError for a metric whose name holds white space, `;` or `=`.
        """
        for name in metrics:
            if not _NAME.fullmatch(name):
                raise ValueError(f"metric name {name!r} holds white space, ';' or '='")
        values = {name: float(value) for name, value in metrics.items()}
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self.history.append(finite if epoch is None else {"epoch": epoch, **finite})
        self.latest.update(finite)
        head = [] if epoch is None else [f"epoch={epoch};"]
        sys.stdout.write(" ".join([*head, *(f"{name}={value:.6g};" for name, value in values.items())]) + "\n")
        sys.stdout.flush()

    def save(self, path: Path) -> None:
        """Write metrics.json: `latest` (the last value of each metric) and `history` (one object a line reported)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_object(path, {"latest": self.latest, "history": self.history})
