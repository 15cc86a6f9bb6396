"""The last records that the workers of a server have seen, and how far they are from the baseline."""

import mmap

import numpy as np

from smcontract.monitoring.baseline import WINDOW, Baseline
from smcontract.monitoring.rows import Meter, Rows

STEP = 25
"""Records after which the window is compared again."""


class Window:
    """Made by the master; every worker inherits it. Nothing is locked: two workers may, rarely, take the same place."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline, self._meter = baseline, Meter.of(baseline)
        shape = WINDOW, self._meter.width
        self._ring = np.frombuffer(mmap.mmap(-1, 2 * shape[0] * shape[1]), np.uint16).reshape(shape)
        self._seen = memoryview(mmap.mmap(-1, 8)).cast("q")  # how many records there have been
        self._indices = memoryview(mmap.mmap(-1, 8 * len(baseline.statistics))).cast("d")

    def add(self, rows: Rows) -> None:
        """Add records; now and then compare."""
        before = self._seen[0]
        self._seen[0] = after = before + len(rows)
        kept = rows[-WINDOW:]
        self._ring[np.arange(after - len(kept), after) % WINDOW] = kept
        if after >= WINDOW and after // STEP > before // STEP:
            found = self.baseline.indices(self._meter.split(self._ring.sum(axis=0, dtype=np.int64)))
            for number, index in enumerate(found.values()):
                self._indices[number] = index

    def indices(self) -> dict[str, float]:
        """Return the population stability index of each statistic; nothing while the window is not full."""
        if self._seen[0] < WINDOW:
            return {}
        return dict(zip(self.baseline.statistics, self._indices, strict=True))

    def drift(self) -> float | None:
        """Return the largest index divided by its threshold, 1 or more being an alarm; None while it is not full."""
        if self._seen[0] < WINDOW:
            return None
        thresholds = (one.threshold for one in self.baseline.statistics.values())
        return max(index / threshold for index, threshold in zip(self._indices, thresholds, strict=True))
