"""Waiting for what another thread, process or container does: never for a fixed time, and long on a busy machine."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], reached: Callable[[Seen], object] = bool, seconds: float = 60) -> Seen:
    """Look until what is seen is `reached`, and return it; after `seconds`, fail and show what was seen last."""
    deadline, pause = time.monotonic() + seconds, 0.02
    while not reached(seen := look()):
        assert time.monotonic() < deadline, f"after {seconds} s: {seen}"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.1)  # on a busy machine a look takes its time from what it waits for
    return seen
