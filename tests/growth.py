"""How the time of a function grows with its input: for tests that it is linear, on machines that are busy."""

import time

FACTOR = 16
LINEAR = 6 * FACTOR
"""Times as long that 16 times the input may take: linear is 16, quadratic 256."""

SHORTEST = 0.001  # seconds; shorter ones are noise


def growth(function, make, size=500):
    """Return how many times as long `function(make(16 * n))` takes as `function(make(n))`, for an n from `size` up."""
    while (short := _seconds(function, make(size))) < SHORTEST:
        size *= 2
    return _seconds(function, make(FACTOR * size)) / short


def _seconds(function, argument):
    """CPU time, the best of three."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        function(argument)
        seconds.append(time.process_time() - start)
    return min(seconds)
