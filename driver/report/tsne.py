"""Exact t-SNE in NumPy: a map of a few hundred vectors on which near ones are near.

The algorithm of van der Maaten and Hinton (2008), with their settings, from the first two principal components, so that
the same vectors give the same map. scikit-learn's would bring 150 MB into the driver's environment for one picture.
"""

import numpy as np
from numpy.typing import NDArray

PERPLEXITY = 30.0
STEPS, EXAGGERATED = 500, 150
EXAGGERATION = 12.0
SEARCHES = 50  # halvings of an interval for a point's width

Floats = NDArray[np.float64]


def embed(vectors: NDArray[np.floating], perplexity: float = PERPLEXITY) -> Floats:
    """Return float64 (n, 2), a place for each of `vectors` (n, dim); time and memory grow with n squared."""
    points = np.asarray(vectors, np.float64)
    if len(points) < 3:
        return np.arange(2.0 * len(points)).reshape(-1, 2)
    joint = _joint(squared_distances(points), min(perplexity, (len(points) - 1) / 3))
    centred = points - points.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    placed = np.zeros((len(points), 2))
    for axis in range(min(2, len(values))):
        side = left[:, axis]
        placed[:, axis] = side * np.sign(side[np.abs(side).argmax()])
    placed *= 1e-4 / max(placed[:, 0].std(), 1e-12)
    rate = max(len(points) / EXAGGERATION / 4, 50.0)
    update, gains = np.zeros_like(placed), np.ones_like(placed)
    for step in range(STEPS):
        is_early = step < EXAGGERATED
        gradient = _gradient(joint * EXAGGERATION if is_early else joint, placed)
        gains = np.maximum(np.where(update * gradient < 0, gains + 0.2, gains * 0.8), 0.01)
        update = (0.5 if is_early else 0.8) * update - rate * gains * gradient
        placed += update
    middle: Floats = placed.mean(axis=0)
    return placed - middle


def divergence(vectors: NDArray[np.floating], placed: Floats, perplexity: float = PERPLEXITY) -> float:
    """Return the Kullback-Leibler divergence that t-SNE makes small."""
    points = np.asarray(vectors, np.float64)
    joint = _joint(squared_distances(points), min(perplexity, (len(points) - 1) / 3))
    near = _near(placed)
    return float((joint * np.log(np.maximum(joint, 1e-12) / np.maximum(near / near.sum(), 1e-12))).sum())


def squared_distances(points: Floats) -> Floats:
    """Return float64 (n, n)."""
    squares = (points**2).sum(axis=1)
    found: Floats = np.maximum(squares[:, None] + squares[None, :] - 2 * points @ points.T, 0)
    return found


def _near(placed: Floats) -> Floats:
    """Student's t with one degree of freedom, not normalised; 0 for a point and itself."""
    near: Floats = 1 / (1 + squared_distances(placed))
    np.fill_diagonal(near, 0)
    return near


def _gradient(joint: Floats, placed: Floats) -> Floats:
    near = _near(placed)
    forces = (joint - near / near.sum()) * near
    gradient: Floats = 4 * (forces.sum(axis=1)[:, None] * placed - forces @ placed)
    return gradient


def _joint(distances: Floats, perplexity: float) -> Floats:
    """Symmetric probabilities: each row a Gaussian whose width gives it the perplexity, found by halving."""
    count, wanted = len(distances), np.log(max(perplexity, 1.0))
    inverse = np.ones(count)
    low, high = np.zeros(count), np.full(count, np.inf)
    rest = distances + np.where(np.eye(count, dtype=bool), np.inf, 0)
    rest -= rest.min(axis=1, keepdims=True)  # the same probabilities, none of which vanishes
    finite = np.where(np.isfinite(rest), rest, 0)
    for _ in range(SEARCHES):
        weights = np.exp(-rest * inverse[:, None])
        sums = weights.sum(axis=1)
        entropy = np.log(sums) + inverse * (finite * weights).sum(axis=1) / sums
        is_wide = entropy > wanted
        low, high = np.where(is_wide, inverse, low), np.where(is_wide, high, inverse)
        inverse = np.where(np.isinf(high), inverse * 2, (low + high) / 2)
    conditional = weights / sums[:, None]
    joint: Floats = (conditional + conditional.T) / (2 * count)
    return joint
