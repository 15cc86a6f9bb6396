"""How the time of a function grows with its input: for tests that it is linear, on machines that are busy."""

import time

FACTOR = 16
LINEAR = 6 * FACTOR
"""Times as long that 16 times the input may take: linear is 16, quadratic 256."""

SHORTEST = 0.001  # seconds; shorter ones are noise


def growth(function, make, size=500):
    """Return how many times as long `function(make(16 * n))` takes as `function(make(n))`, for an n from `size` up.

    Each is the best of three; what is linear at the first go is not tried again.
    """
    while _seconds(function, make(size)) < SHORTEST:
        size *= 2
    short, long = make(size), make(FACTOR * size)
    before = min(_seconds(function, short) for _ in range(3))
    ratios = (_seconds(function, long) / before for _ in range(3))
    return next((ratio for ratio in ratios if ratio < LINEAR), LINEAR)


def _seconds(function, argument):
    """Return the CPU time of one call."""
    start = time.process_time()
    function(argument)
    return time.process_time() - start
