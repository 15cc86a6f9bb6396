"""One JSON line a request. A healthy /ping has none: it comes every few seconds for ever.

The line of an error is written at once, others with `flush`, which the server calls often. Where they go is its
business too.
"""

import json
import logging
import os
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache

ATOMIC = 4096  # bytes that Linux writes to a pipe in one piece (PIPE_BUF): all workers share it

log = logging.getLogger(__name__)
quote = json.encoder.encode_basestring_ascii


class Entry:
    """What is known of a request when it comes."""

    __slots__ = ("began", "id", "ms", "request", "trace")

    def __init__(self, request: str, given: str | None, trace: str = "") -> None:
        """With the id that SageMaker has given to the request, or one of its own; `trace`: see `tracing.members`."""
        self.began = time.time()
        self.id = given or os.urandom(16).hex()
        self.request = request
        self.trace = trace

    def line(self, status: int, facts: str) -> str:
        """The line that the log has of it once it is answered; `facts` are members of JSON, each followed by ", "."""
        began = self.began
        self.ms = max(0, time.time() - began) * 1000
        return (
            f'{{"time": "{_second(int(began))}.{int(began % 1 * 1000):03d}+00:00", "id": {quote(self.id)}, '
            f'"request": {quote(self.request)}, {self.trace}{facts}"status": {status}, '
            f'"ms": {self.ms:.2f}}}'
        )


class RequestLog:
    """The lines of one worker that are not written yet; any thread may add one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._size = 0

    def write(self, line: str, at_once: bool) -> None:
        """Keep a line, or write it now, so that it stands there before its client has the answer."""
        with self._lock:
            if self._size + len(line) >= ATOMIC:
                self._flush()
            self._lines.append(line)
            self._size += len(line) + 1
            if at_once:
                self._flush()

    def flush(self) -> None:
        """Write what is kept."""
        if self._lines:
            with self._lock:
                self._flush()

    def _flush(self) -> None:
        if self._lines:
            log.info("%s", "\n".join(self._lines))
            self._lines, self._size = [], 0


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
