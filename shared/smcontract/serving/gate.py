"""One prediction at a time in a worker.

A worker is one process with one interpreter lock, so a second prediction at the same time would only slow the first.
Two workers give two predictions at a time.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from smcontract.httperrors import BusyError


class Gate:
    """The slot where predictions run."""

    def __init__(self, patience: float) -> None:
        """Let each request wait at most `patience` seconds."""
        self._patience = patience
        self._slot = threading.Lock()
        self._since = 0.0

    @contextmanager
    def slot(self, waited: float = 0) -> Iterator[None]:
        """Run alone; raises BusyError when the wait, with the seconds it has been, is longer than patience."""
        if not self._slot.acquire(timeout=max(0, self._patience - waited)):
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
