"""The weights of a network as it is trained, and their mean over the epochs. Trains nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Weights = dict[str, Any]
"""MXNet's arrays by the names of their parameters."""


def copied(block: Any) -> Weights:
    """Return the weights that the block has now, as copies."""
    return {name: parameter.data().copy() for name, parameter in block.collect_params().items()}


def put(block: Any, weights: Mapping[str, Any]) -> None:
    """Give the block other weights, which `copied` returned for it."""
    for name, parameter in block.collect_params().items():
        parameter.set_data(weights[name])


class Kept:
    """What is kept of a block's weights: those of the last epoch or, with `averaging`, their mean over all so far.

    The mean classifies what training has not seen better than the last weights do, which know the train data by heart:
    Izmailov et al., Averaging weights leads to wider optima and better generalization (2018).
    """

    def __init__(self, block: Any, averaging: bool) -> None:
        self._block = block
        self._averaging = averaging
        self.epochs = 0
        self.weights: Weights = {}

    def update(self) -> None:
        """Take in the weights that an epoch has ended with."""
        now = copied(self._block)
        self.epochs += 1
        if self._averaging and self.weights:
            # In this form the mean of equal numbers is exactly that number: frozen vectors stay as they were given.
            now = {name: mean + (now[name] - mean) / self.epochs for name, mean in self.weights.items()}
        self.weights = now

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the block have the kept weights, and afterwards again those of the training."""
        now = copied(self._block)
        put(self._block, self.weights)
        try:
            yield
        finally:
            put(self._block, now)
