"""The threads in which jobs run, each with an event that asks it to stop."""

import logging
import threading
import time
from collections.abc import Callable

from emulator.errors import EmulatorError

CLOSE_SECONDS = 30
log = logging.getLogger(__name__)

Key = tuple[str, str]  # kind and name of the record


class Background:
    """Starts jobs and ends them all. `closing` is set when the whole emulator ends: jobs then get no grace period."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[Key, tuple[threading.Thread, threading.Event]] = {}

    def start(self, kind: str, name: str, run: Callable[[threading.Event], None]) -> None:
        """Call `run` in a thread of its own; it gets the event that `stop` sets. EmulatorError once closing."""
        stop = threading.Event()

        def work() -> None:
            try:
                run(stop)
            finally:
                with self._lock:  # the name may have been given to another in the meantime
                    if self._running.get((kind, name)) == (thread, stop):
                        del self._running[kind, name]

        thread = threading.Thread(target=work, name=f"{kind} {name}", daemon=True)
        with self._lock:
            if self.closing.is_set():
                raise EmulatorError("the emulator is shutting down and starts nothing new")
            self._running[kind, name] = (thread, stop)
        thread.start()

    def stop(self, kind: str, name: str) -> bool:
        """Ask a job to stop; False when it does not run."""
        with self._lock:
            found = self._running.get((kind, name))
        if found:
            found[1].set()
        return found is not None

    def running(self, kind: str) -> int:
        """How many of a kind run now."""
        with self._lock:
            return sum(one == kind for one, _ in self._running)

    def close(self) -> None:
        """Ask all to end, at once, and wait until they have; what is left after `CLOSE_SECONDS` ends with us."""
        with self._lock:
            self.closing.set()
            running = list(self._running.values())
        for _, stop in running:
            stop.set()
        deadline = time.monotonic() + CLOSE_SECONDS
        for thread, _ in running:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():  # such as one that installs an environment; its record is settled at the next start
                log.warning("%s has not ended within %d s", thread.name, CLOSE_SECONDS)
