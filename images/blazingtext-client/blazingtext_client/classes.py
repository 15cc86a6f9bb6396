"""A classifier in training: vocabulary, first weights, epochs over threads. What they do to weights is in `kernel`."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client import kernel, layout, plainclasses, threads
from blazingtext_client.classprogress import Progress
from blazingtext_client.engine import SEED
from blazingtext_client.examples import Examples, Reader
from blazingtext_client.gate import Gate
from blazingtext_client.layout import Grams, TextArrays, Weights
from blazingtext_client.parts import counts

_ENGINE: Any = kernel if kernel.AVAILABLE else plainclasses


@dataclass
class Model:
    """A classifier in training, and its `progress`.

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
    progress: Progress

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return self.progress.trained


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
    input, output = layout.zeros(len(known) + buckets, dim), layout.zeros(n_labels, dim)
    input[: len(known), :dim] = np.random.default_rng(seed).uniform(-1 / dim, 1 / dim, (len(known), dim))
    arrays = TextArrays(offsets, rows, _ENGINE.hashes(words), np.zeros(1, np.uint8))
    grams = Grams(longest, minn, maxn, buckets, len(known))
    return Model(
        [words[number] for number in known], counted[known], train.labels, label_counts, dim, Weights(input, output),
        arrays, grams, Progress.beginning(len(train.parts), seed),
    )  # fmt: skip


class Training:
    """Passes of threads over examples, which end soon after `stop` is set.

    `is_cut` once that was in the midst of a piece: what is trained then is a model, but nothing to resume from.
    """

    def __init__(self, model: Model, train: Examples, settings: Mapping[str, Any], stop: threading.Event) -> None:
        self.model, self.train, self.stop, self.is_cut = model, train, stop, False
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

    def epoch(self, keep: Callable[[Gate, bool], None] = lambda *_: None) -> None:
        """Train each example once, with a thread for each part, or those that an interruption has left.

        The threads share weights without locks (Hogwild). `keep` is called often, and may hold them between two pieces;
        it is told whether they are about to be stopped.
        """
        model, progress = self.model, self.model.progress
        fall = self._rate / self._total * len(self.train.parts)
        gate = Gate(len(self.train.parts))

        def work(number: int) -> None:
            generator = np.random.default_rng(progress.orders[number])
            for piece in self.train.parts[number].mixed(generator, progress.pieces[number]):
                if model.arrays.stop[0]:
                    return
                words, progress.states[number] = self.trainer.train(piece, self.alpha, fall, progress.states[number])
                progress.words[number] += words
                if model.arrays.stop[0]:
                    self.is_cut = True
                    return
                progress.pieces[number] += 1
                gate.pass_()

        def work_to_end(number: int) -> None:
            try:
                work(number)
            finally:
                gate.leave()

        threads.run(work_to_end, len(self.train.parts), self.stop, model.arrays.stop, partial(keep, gate))

    def right(self, examples: Examples) -> int:
        """Return how many examples have the most probable label among theirs; fewer once `stop` is set."""
        found = [0] * len(examples.parts)

        def work(number: int) -> None:
            for chunk in examples.parts[number].chunks():
                found[number] += self.trainer.right(chunk)

        threads.run(work, len(examples.parts), self.stop, self.model.arrays.stop)
        return sum(found)
