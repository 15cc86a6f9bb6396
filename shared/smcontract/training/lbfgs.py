"""Minimises a smooth convex function with the limited-memory BFGS method.

SciPy's own costs an image 75 MB and each training half a second, for the one function that is needed here.
"""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

REMEMBERED = 10  # steps, as in SciPy
ENOUGH = 1e-4  # of the decrease that the slope promises (Nocedal and Wright 2006, equation 3.4)
HALVINGS = 30  # of a step, before the end is taken for reached
FLAT = 1e-5  # the largest part of a gradient that is taken for zero, as in SciPy


def minimize(function: Callable[[Vector], tuple[float, Vector]], start: Vector, rounds: int) -> Vector:
    """Return where `function`, which gives a value and a gradient (n,), is least, after `rounds` steps at most.

    Nocedal and Wright 2006, "Numerical Optimization", algorithm 7.5, with a line search that halves the step.

    Example:
        >>> minimize(lambda x: (float(((x - 3) ** 2).sum()), 2 * (x - 3)), np.zeros(2), rounds=9).round(6).tolist()
        [3.0, 3.0]
    """
    point, (value, gradient) = start, function(start)
    steps: deque[tuple[Vector, Vector]] = deque(maxlen=REMEMBERED)
    for _ in range(rounds):
        if np.abs(gradient).max() <= FLAT:
            break
        direction = -_newton(gradient, steps)
        slope = float(direction @ gradient)
        size = 1.0 if steps else min(1.0, 1.0 / float(np.abs(gradient).sum()))
        for _ in range(HALVINGS):
            after, slopes = function(point + size * direction)
            if after <= value + ENOUGH * size * slope:
                break
            size /= 2
        else:
            break
        step, change = size * direction, slopes - gradient
        point, value, gradient = point + step, after, slopes
        if step @ change > 0:
            steps.append((step, change))
    return point


def _newton(gradient: Vector, steps: deque[tuple[Vector, Vector]]) -> Vector:
    """Multiply by the inverse Hessian as the last steps show it: the two-loop recursion, algorithm 7.4."""
    result = gradient.copy()
    shares = []
    for step, change in reversed(steps):
        shares.append(float(step @ result) / float(step @ change))
        result -= shares[-1] * change
    if steps:
        step, change = steps[-1]
        result *= float(step @ change) / float(change @ change)
    for (step, change), share in zip(steps, reversed(shares), strict=True):
        result += (share - float(change @ result) / float(step @ change)) * step
    return result
