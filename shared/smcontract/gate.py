"""One prediction at a time in a worker, a bounded number of requests waiting for it, and the rest sent away.

A worker is one process with one interpreter lock, so a second prediction at the same time would only slow the first.
Two workers give two predictions at a time.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from smcontract.httperrors import BusyError


class Gate:
    """The slot where predictions run, and the places of those that wait for it."""

    def __init__(self, queue: int, patience: float) -> None:
        """Let `queue` requests wait, each at most `patience` seconds."""
        self._queue = queue
        self._patience = patience
        self._places = threading.Semaphore(queue + 1)
        self._slot = threading.Lock()
        self._since = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from before the body is read, so that bodies in memory are bounded too; raises BusyError."""
        if not self._places.acquire(blocking=False):
            raise BusyError(f"a prediction is running and the queue of {self._queue} is full")
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Run alone; raises BusyError when the wait is longer than patience."""
        if not self._slot.acquire(timeout=self._patience):
            raise BusyError(f"the predictions before this one took more than {self._patience:g} seconds")
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = 0.0
            self._slot.release()

    def running_since(self) -> float | None:
        """When the running prediction began, in `time.monotonic()` seconds; None when there is none."""
        return self._since or None
