"""A gate between two pieces of work, which all threads pass, and at which all of them can be held."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """For `threads` threads, each of which calls `pass_` between two pieces of work, and `leave` at its end."""

    def __init__(self, threads: int) -> None:
        self._changed = threading.Condition()
        self._working, self._is_closed = threads, False

    def pass_(self) -> None:
        """Wait while the gate is closed."""
        if self._is_closed:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._is_closed)
                self._working += 1

    def leave(self) -> None:
        """Come no more."""
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    @contextmanager
    def closed(self, seconds: float) -> Iterator[bool]:
        """Hold all threads within the block; yield whether they came within so many seconds."""
        with self._changed:
            self._is_closed = True
            is_still = self._changed.wait_for(lambda: not self._working, seconds)
        try:
            yield is_still
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()
