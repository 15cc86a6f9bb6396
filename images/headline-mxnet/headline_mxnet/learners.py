"""The models that make up the wide part and the hidden layers, each on its way through the epochs. Reads no files."""

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from headline_mxnet import hidden, linear
from headline_mxnet.prepared import Data
from headline_mxnet.views import Array, View

CHUNK = 4096  # headlines between two looks at `stop`: some hundredths of a second
SMALL, BIAS = 0.01, 0.1  # what rows and the units' biases begin with: numbers below the first, and the second


class Linear:
    """A linear model; `rate` and `dropout` are its own, `number` tells the models of a job apart."""

    def __init__(
        self, view: View, data: Data, n_classes: int, settings: Mapping[str, Any], number: int, rate: float,
        dropout: float,
    ) -> None:  # fmt: skip
        self.view, self._rate, self._dropout = view, rate, dropout
        self._data, self._settings = data, settings
        self._state = settings["seed"] * 2 + number
        self.random = np.random.default_rng(self._state)
        self._done, self._loss = 0, 0.0  # of the epoch
        self._start(view.pairs + view.n_buckets, n_classes)
        self._orders = self.random.bit_generator.state  # when the epoch began

    def _start(self, n_rows: int, n_classes: int) -> None:
        self.weights: Array = np.zeros((n_rows, n_classes), np.float32)
        self._squares = np.zeros_like(self.weights)

    @property
    def n_records(self) -> int:
        """Records to train on."""
        return len(self._data.labels)

    def epoch(self, epoch: int, stop: threading.Event) -> float:
        """Train on all records once, those that an earlier attempt has done left out, or until `stop` is set.

        Return the mean loss, not a number if there was none.
        """
        rate, epochs = self._rate, self._settings["wide_epochs"]
        order = self.random.permutation(len(self._data.labels))
        for start in range(self._done, len(order), CHUNK):
            if stop.is_set():
                break
            chunk = order[start : start + CHUNK]
            progress = [(epoch - 1 + there / len(order)) / epochs for there in (start, start + len(chunk))]
            self._loss += self._train(chunk, (rate * (1 - progress[0]), rate * (1 - progress[1])))
            self._done += len(chunk)
        return self._loss / self._done if self._done else math.nan

    def end_epoch(self) -> None:
        """Be ready for the next."""
        self._orders, self._done, self._loss = self.random.bit_generator.state, 0, 0.0

    def saved(self) -> list[Any]:
        """Return what training goes on from beside the `arrays`."""
        return [self._state, self._orders, self._done, self._loss]

    def restore(self, state: list[Any], arrays: Sequence[Array]) -> None:
        """Go on from what `saved` and `arrays` have returned."""
        self._state, self._orders, self._done, self._loss = state
        self.random.bit_generator.state = self._orders
        for to, array in zip(self.arrays, arrays, strict=True):
            np.copyto(to, array)

    @property
    def arrays(self) -> Sequence[Array]:
        """All that training changes."""
        return self.weights, self._squares

    def _train(self, chunk: Any, rates: tuple[float, float]) -> float:
        ids, labels = self._data.words[chunk], self._data.labels[chunk]
        loss, self._state = linear.train(
            self.weights, self._squares, self.view, ids, labels, rates, self._dropout, self._state
        )
        return loss

    def kept(self) -> Array:
        """Return the weights, float32 (n_rows, n_columns), times what is kept of features: in use none is dropped."""
        kept: Array = self.weights * np.float32(1 - self._dropout)
        return kept

    def of_words(self, n_words: int, kept: Array) -> Array:
        """Return float32 (n_words, n_columns): what each known word has, all of its `kept` rows added up."""
        starts, rows = self.view.starts[: n_words + 1], self.view.rows
        found = np.zeros((n_words, kept.shape[1]), np.float32)
        for first in range(0, n_words, CHUNK):  # in parts: rows of n-grams are many
            part = starts[first : min(first + CHUNK, n_words) + 1]
            filled = np.flatnonzero(np.diff(part))
            if len(filled):
                sums = np.add.reduceat(kept[rows[part[0] : part[-1]]], part[filled] - part[0])
                found[first + filled] = sums
        return found


class OneLayer(Linear):
    """A network of one hidden layer: rows have a number for each of `n_units`."""

    def __init__(self, *arguments: Any, n_units: int, **more: Any) -> None:
        self._n_units = n_units
        super().__init__(*arguments, **more)

    def _start(self, n_rows: int, n_classes: int) -> None:
        n_units = self._n_units
        self.weights = self.random.random((n_rows, n_units), np.float32)
        self.weights -= np.float32(0.5)
        self.weights *= np.float32(2 * SMALL)
        limit = math.sqrt(6 / (n_units + n_classes))  # Glorot, Bengio 2010
        top = self.random.uniform(-limit, limit, (n_classes + 1, n_units)).astype(np.float32)
        top[-1] = BIAS
        self._network = hidden.Rows(self.weights, np.zeros(n_rows, np.float32), top, np.zeros_like(top))

    def _train(self, chunk: Any, rates: tuple[float, float]) -> float:
        ids, labels = self._data.words[chunk], self._data.labels[chunk]
        loss, self._state = hidden.train(self._network, self.view, ids, labels, rates, self._dropout, self._state)
        return loss

    @property
    def arrays(self) -> Sequence[Array]:
        """All that training changes."""
        return tuple(self._network)

    @property
    def top(self) -> Array:
        """The layer on top: see `hidden.Rows`."""
        return self._network.top

    def kept(self) -> Array:
        """Return the rows as `Linear.kept` does; zeros where no headline had the feature."""
        kept = super().kept()
        kept[self._network.squares == 0] = 0
        return hidden.rounded(kept)
