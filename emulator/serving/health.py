"""Waits for GET /ping to answer 200, and remembers what it answered until then."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass

from emulator.serving.client import request

ATTEMPT_SECONDS = 2.0  # the service gives each probe two seconds
START_LIMIT_SECONDS = 480.0  # and a container eight minutes to become healthy
PAUSE_SECONDS = 0.1


def probe(address: tuple[str, int]) -> str:
    """The status /ping answers, as text, or why there is none."""
    try:
        return str(request(address, "GET", "/ping", timeout=ATTEMPT_SECONDS).status)
    except TimeoutError:
        return f"no answer within {ATTEMPT_SECONDS:.0f} s"
    except ConnectionRefusedError:
        return "connection refused"
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


@dataclass
class ProbeStreak:
    """Equal answers in a row; times in seconds since the start."""

    answer: str
    first: float
    last: float
    times: int

    def __str__(self) -> str:
        return f"{self.first:.1f} to {self.last:.1f} s: {self.answer} ({self.times} probes)"


def wait_until_healthy(
    address: tuple[str, int], alive: Callable[[], bool], limit: float
) -> tuple[bool, list[ProbeStreak]]:
    """Probe until 200, until `alive` says no, or for `limit` seconds. Whether it is healthy, and the history."""
    started = time.monotonic()
    history: list[ProbeStreak] = []
    while True:
        answer = probe(address)
        now = time.monotonic() - started
        if history and history[-1].answer == answer:
            history[-1].last, history[-1].times = now, history[-1].times + 1
        else:
            history.append(ProbeStreak(answer, now, now, 1))
        if answer == "200":
            return True, history
        if not alive() or now > limit:
            return False, history
        time.sleep(PAUSE_SECONDS)
