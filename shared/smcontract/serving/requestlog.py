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
from typing import Any

ATOMIC = 4096  # bytes that Linux writes to a pipe in one piece (PIPE_BUF): all workers share it

_ENCODER = json.JSONEncoder(check_circular=False)

log = logging.getLogger(__name__)


def begin(request: str, given: str | None) -> dict[str, Any]:
    """The beginning of a line, with the id that SageMaker has given to the request, or one of its own."""
    now = time.time()
    return {"time": _second(int(now)) % (now % 1 * 1000), "id": given or os.urandom(16).hex(), "request": request}


class RequestLog:
    """The lines of one worker that are not written yet; any thread may add one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._size = 0

    def write(self, entry: dict[str, Any]) -> None:
        """Keep a line; that of an error is written before its client has the answer."""
        line = _ENCODER.encode(entry)
        with self._lock:
            if self._size + len(line) >= ATOMIC:
                self._flush()
            self._lines.append(line)
            self._size += len(line) + 1
            if "error" in entry:
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
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%%03d+00:00")
