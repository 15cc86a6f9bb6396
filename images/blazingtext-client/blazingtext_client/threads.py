"""Work that threads share; what the work is, they do not know."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

_POLL = 0.05  # seconds until the next look at whether to stop


def run(
    work: Callable[[int], None],
    n: int,
    stop: threading.Event,
    flag: NDArray[np.uint8],
    meanwhile: Callable[[bool], None] = lambda _: None,
) -> None:
    """Call `work` with 0 to n - 1, each in a thread of its own, and `meanwhile` often; return when all have ended.

    Sets the `flag`, uint8 (1,), by which the work ends early, when `stop` is set or a thread fails; raises its error.
    `meanwhile` is told whether the flag is about to be set because of `stop`; it may already be.
    """
    flag[0] = stop.is_set()
    with ThreadPoolExecutor(max(1, n)) as pool:
        threads = [pool.submit(work, number) for number in range(n)]
        ended, running = wait(threads, _POLL, FIRST_EXCEPTION)
        while running:
            is_stopping = stop.is_set()  # one look: what comes later waits for the next `meanwhile`
            meanwhile(is_stopping)
            if is_stopping or any(thread.exception() for thread in ended):
                flag[0] = 1
            ended, running = wait(threads, _POLL, FIRST_EXCEPTION)
    for thread in threads:
        thread.result()


def chance(*seeds: int) -> int:
    """Return the first state of a thread's random numbers, below 2**64: another for other seeds, such as its number."""
    return int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0])
