"""From the products of a text and the output matrix to the probabilities of labels, for each loss that fastText has."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from blazingtext_client.fasttextfile import HIERARCHICAL, SOFTMAX

Floats = NDArray[np.float32]
Loss = Callable[[Floats], Floats]
"""Of products, float32 (n_labels,), the probability of each label, likewise, as fastText says it: see `_LEAST`."""

_LEAST = 1e-5  # fastText adds it before it takes a logarithm, so a probability may be 1.00001
_STEPS, _MOST = 512, 8  # fastText's table of the logistic function, from -8 to 8
_TABLE = (1 / (1 + np.exp(-(np.arange(_STEPS + 1) * 2 * _MOST / _STEPS - _MOST)))).astype(np.float32)


def loss_of(number: int, counts: Sequence[int]) -> Loss:
    """Return the loss of fastText's number; `counts` are those of the labels."""
    if number == HIERARCHICAL:
        return Tree(counts)
    return softmax if number == SOFTMAX else logistic


def softmax(products: Floats) -> Floats:
    """One of the labels applies.

    Example:
        >>> softmax(np.array([0, 0], np.float32)).round(5).tolist()
        [0.5000100135803223, 0.5000100135803223]
    """
    likely = np.exp(products - products.max())
    result: Floats = likely / likely.sum() + np.float32(_LEAST)
    return result


def logistic(products: Floats) -> Floats:
    """Each label applies or not, whatever the others do; by fastText's table.

    Example:
        >>> logistic(np.array([0, 9], np.float32)).tolist()
        [0.5000100135803223, 1.0000100135803223]
    """
    place = ((np.clip(products, -_MOST, _MOST) + _MOST) * (_STEPS / _MOST / 2)).astype(np.intp)
    likely = np.where(products > _MOST, 1, np.where(products < -_MOST, 0, _TABLE[place]))
    return (likely + _LEAST).astype(np.float32)


class Tree:
    """The labels are leaves of a Huffman tree, and each node says how likely its second branch is."""

    def __init__(self, counts: Sequence[int]) -> None:
        n = len(counts)
        weights, parent, is_second = [*counts, *[10**15] * (n - 1)], [-1] * (2 * n - 1), [False] * (2 * n - 1)
        leaf, node = n - 1, n  # the rarest leaf and the lightest node that have no parent yet
        for new in range(n, 2 * n - 1):
            children = []
            for _ in range(2):
                if leaf >= 0 and weights[leaf] < weights[node]:
                    children.append(leaf)
                    leaf -= 1
                else:
                    children.append(node)
                    node += 1
            weights[new] = sum(weights[child] for child in children)
            parent[children[0]] = parent[children[1]] = new
            is_second[children[1]] = True
        paths: list[list[tuple[int, bool]]] = [[] for _ in range(n)]
        for label, path in enumerate(paths):
            child = label
            while parent[child] >= 0:
                path.append((parent[child] - n, is_second[child]))
                child = parent[child]
        depth = max(map(len, paths))
        self._nodes = np.array([[node for node, _ in path] + [n - 1] * (depth - len(path)) for path in paths], np.intp)
        self._second = np.array([[one for _, one in path] + [True] * (depth - len(path)) for path in paths], bool)

    def __call__(self, products: Floats) -> Floats:
        """Return the product of what the nodes on the way to each label say."""
        with np.errstate(over="ignore"):
            second = 1 / (1 + np.exp(-products.astype(np.float64)))
        second[-1] = 1 - _LEAST  # no node: it stands for the end of shorter ways
        ways = np.where(self._second, second[self._nodes], 1 - second[self._nodes]) + _LEAST
        result: Floats = ways.prod(axis=1).astype(np.float32)
        return result
