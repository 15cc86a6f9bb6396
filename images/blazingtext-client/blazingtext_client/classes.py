"""A classifier in training: vocabulary, first weights, epochs over threads. What they do to weights is in `kernel`."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client import kernel, layout, plainclasses, threads
from blazingtext_client.engine import SEED
from blazingtext_client.examples import Examples, Reader
from blazingtext_client.layout import Grams, TextArrays, Weights
from blazingtext_client.parts import counts

_ENGINE: Any = kernel if kernel.AVAILABLE else plainclasses


@dataclass
class Model:
    """A classifier in training, and what it has trained: `trained` words, ends of lines not counted.

    `words` are in descending order of frequency, `labels` by their first appearance, both with how often they occur.
    """

    words: list[str]
    counts: NDArray[np.int64]
    labels: list[str]
    label_counts: NDArray[np.int64]
    dim: int
    weights: Weights
    arrays: TextArrays
    grams: Grams
    states: list[int]
    words_of: list[int]

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return sum(self.words_of)


def make(settings: Mapping[str, Any], reader: Reader, train: Examples, seed: int = SEED) -> Model:
    """Return an untrained model of the words that occur `min_count` times in `train`, and of its labels.

    The reader may have read other examples after these: their words have hashes too. Rows of words begin between
    -1 / dim and 1 / dim, as fastText's do, all others at 0.
    """
    words, n_labels, dim = reader.words, len(train.labels), settings["vector_dim"]
    counted = counts(train.parts, len(words), n_labels)
    label_counts, counted = counted[:n_labels][::-1], counted[n_labels:]
    order = np.argsort(-counted, kind="stable")
    known = order[counted[order] >= max(settings["min_count"], 1)]
    minn, maxn = (settings["min_char"], settings["max_char"]) if settings["subwords"] else (0, 0)
    longest = settings["word_ngrams"]
    buckets = settings["buckets"] if longest > 1 or maxn else 0
    offsets, rows = _ENGINE.subwords(words, minn, maxn, max(buckets, 1), 0)
    ranks = np.full(len(words), -1)
    ranks[known] = np.arange(len(known))
    has_own = ranks >= 0
    rows = np.insert(rows + len(known), offsets[:-1][has_own], ranks[has_own])
    offsets = offsets + np.concatenate([[0], np.cumsum(has_own)])
    input = np.zeros((len(known) + buckets, layout.padded(dim)), np.float32)
    input[: len(known), :dim] = np.random.default_rng(seed).uniform(-1 / dim, 1 / dim, (len(known), dim))
    output = np.zeros((n_labels, layout.padded(dim)), np.float32)
    arrays = TextArrays(offsets, rows, _ENGINE.hashes(words), np.zeros(1, np.uint8))
    grams = Grams(longest, minn, maxn, buckets, len(known))
    states = [threads.chance(seed, number) for number in range(len(train.parts))]
    return Model(
        [words[number] for number in known], counted[known], train.labels, label_counts, dim, Weights(input, output),
        arrays, grams, states, [0] * len(states),
    )  # fmt: skip


class Training:
    """Passes of threads over examples, which end soon after `stop` is set."""

    def __init__(self, model: Model, train: Examples, settings: Mapping[str, Any], stop: threading.Event) -> None:
        self.model, self.train, self.stop = model, train, stop
        self.trainer = _ENGINE.TextTrainer(model.weights, model.arrays, model.grams)
        self._rate, self._total = float(settings["learning_rate"]), train.tokens * int(settings["epochs"])

    @property
    def done(self) -> float:
        """The part of all epochs' words that is trained."""
        return self.model.trained / self._total

    @property
    def alpha(self) -> float:
        """The learning rate, which falls linearly to 0."""
        return self._rate * max(1 - self.done, 0.0)

    def epoch(self) -> None:
        """Train each example once, with a thread for each part. The threads share weights without locks (Hogwild)."""
        model = self.model
        fall = self._rate / self._total * len(self.train.parts)

        def work(number: int) -> None:
            generator = np.random.default_rng(model.states[number])
            for chunk in self.train.parts[number].mixed(generator):
                words, model.states[number] = self.trainer.train(chunk, self.alpha, fall, model.states[number])
                model.words_of[number] += words
                if model.arrays.stop[0]:
                    return

        threads.run(work, len(self.train.parts), self.stop, model.arrays.stop)

    def right(self, examples: Examples) -> int:
        """Return how many examples have the most probable label among theirs; fewer once `stop` is set."""
        found = [0] * len(examples.parts)

        def work(number: int) -> None:
            for chunk in examples.parts[number].chunks():
                found[number] += self.trainer.right(chunk)

        threads.run(work, len(examples.parts), self.stop, self.model.arrays.stop)
        return sum(found)
