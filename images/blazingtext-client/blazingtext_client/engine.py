"""Word vectors from a corpus: vocabulary, first values, threads, progress. What they do to vectors is in `kernel`."""

import math
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.hosts.group import Group

from blazingtext_client import kernel, layout, plain, resuming, threads
from blazingtext_client.corpus import Corpus
from blazingtext_client.gate import Gate
from blazingtext_client.layout import Arrays, Method
from blazingtext_client.parts import END
from blazingtext_client.resuming import Progress

SEED = 1
LOWEST = 1e-4  # part of the learning rate, as in word2vec: 0 would train the last words not at all

_MODES = {"batch_skipgram": layout.BATCH_SKIPGRAM, "skipgram": layout.SKIPGRAM, "cbow": layout.CBOW}
_ENGINE: Any = kernel if kernel.AVAILABLE else plain
_RARE = -2  # in the place of a word's row
TOGETHER = 100_000
"""Words that hosts train between them until they put their vectors together. See also the next two."""

TIMES = 200  # that they do so at least, if the text is long enough for it
A_ROW = 200
"""Words for each row of a matrix, in a longer text: what a round trains should take as long as what it sends."""

QUICKER = 0.25
"""Part of the learning rate that each doubling of the hosts adds: where they change the same, its mean is a small step.

Measured: docs/decisions.md, Hosts add up what they change.
"""

PATIENCE = 5.0  # seconds in which all threads come to the end of a chunk, for a checkpoint
_PIECE = 4096  # words whose vectors are computed at once


@dataclass(frozen=True)
class Model:
    """Word vectors in training: n words, the most frequent first, and how often they occur, int64 (n,).

    `ranks`, int32, has for each number of a word in the corpus its place among them, or a negative number.
    """

    words: list[str]
    counts: NDArray[np.int64]
    ranks: NDArray[np.int32]
    dim: int
    arrays: Arrays
    method: Method
    seed: int

    @property
    def input(self) -> NDArray[np.float32]:
        """float32 (n + bucket, dim): of each word its own vector, then those of the buckets of subwords."""
        return self.arrays.input[:, : self.dim]

    @property
    def output(self) -> NDArray[np.float32]:
        """float32 (n, dim): the vectors of words as they are predicted."""
        return self.arrays.output[:, : self.dim]

    def vectors(self) -> NDArray[np.float32]:
        """Return the words' vectors, float32 (n, dim): the mean of a word's own and its subwords'."""
        offsets, rows = self.arrays.offsets, self.arrays.rows
        if len(rows) == len(self.words):
            return self.input[: len(rows)]
        result = np.empty((len(self.words), self.dim), np.float32)
        for begin in range(0, len(result), _PIECE):
            starts = offsets[begin : begin + _PIECE + 1]
            sums = np.add.reduceat(self.input[rows[starts[0] : starts[-1]]], starts[:-1] - starts[0])
            result[begin : begin + _PIECE] = sums / np.diff(starts)[:, np.newaxis]
        return result


def vocabulary(corpus: Corpus, min_count: int) -> NDArray[np.intp]:
    """Return the numbers of the words that occur `min_count` times: the most frequent first, else the earliest."""
    order = np.argsort(-corpus.counts, kind="stable")
    return order[corpus.counts[order] >= min_count]


def make(settings: Mapping[str, Any], corpus: Corpus, chosen: NDArray[np.intp], seed: int = SEED) -> Model:
    """Return an untrained model of a corpus's `chosen` words, of which there must be one.

    The vectors begin between -1 / dim and 1 / dim, as fastText's do, those of the output at 0.
    """
    ranks = np.full(len(corpus.words) + 1, _RARE, np.int32)
    ranks[chosen] = np.arange(len(chosen))
    if corpus.numbers is not None:
        ranks = np.append(ranks[corpus.numbers], np.int32(END))
    ranks[END] = END
    words, counts, dim = [corpus.words[number] for number in chosen], corpus.counts[chosen], settings["vector_dim"]
    offsets, n_rows = np.arange(len(words) + 1), len(words)
    rows = offsets[:-1]
    if settings["subwords"]:
        offsets, rows = _ENGINE.subwords(words, settings["min_char"], settings["max_char"], settings["buckets"])
        n_rows += settings["buckets"]
    input, output = layout.zeros(n_rows, dim), layout.zeros(len(words), dim)
    np.random.default_rng(seed).random(dtype=np.float32, out=input)
    input -= np.float32(0.5)
    input *= np.float32(2 / dim)
    input[:, dim:] = 0
    arrays = Arrays(
        input, output, offsets, rows, layout.kept(counts, settings["sampling_threshold"]), layout.alias(counts),
        np.zeros(1, np.uint8),
    )  # fmt: skip
    method = Method(
        _MODES[settings["mode"]], settings["window_size"], settings["negative_samples"], settings["batch_size"] or 1
    )
    return Model(words, counts, ranks, dim, arrays, method, seed)


def train(
    model: Model,
    corpus: Corpus,
    settings: Mapping[str, Any],
    stop: threading.Event,
    checkpoints: Checkpoints,
    group: Group | None = None,
) -> Progress:
    """Train with a thread for each part of the corpus, until the epochs are done or soon after `stop` is set.

    The threads share the vectors without locks (Hogwild). Every epoch ends with a line on standard output in
    BlazingText's form. Hosts put their vectors together in between, see `_rounds`, and learn faster. Resumes from the
    newest of the `checkpoints`, whose steps are words; several hosts save when they have put their vectors together.
    """
    group, count, epochs = group or Group.alone(), len(corpus.parts), int(settings["epochs"])
    rounds = _rounds(corpus.tokens * epochs, len(model.arrays.input)) if group.size > 1 else 1
    trainer = _ENGINE.Trainer(model.arrays, model.method)
    progress = resuming.restore(checkpoints, model.arrays, group) or _beginning(count, model.seed, group.rank)
    shared = _Shared(model, group)
    total = max(1, corpus.own * epochs)
    rate = float(settings["learning_rate"]) * (1 + QUICKER * math.log2(group.size))
    start, lock = time.perf_counter(), threading.Lock()

    def done() -> float:
        return progress.trained / total

    def alpha() -> float:
        return rate * max(1 - done(), LOWEST)

    def end_epoch(number: int) -> None:
        with lock:
            before = progress.epochs
            progress.epochs_of[number] += 1
            if progress.epochs == before:
                return
            speed = (progress.trained - progress.resumed) / (time.perf_counter() - start) / 1e6
            sys.stdout.write(
                f"##### Alpha: {alpha():.4f}  Progress: {done():.2%}  Million Words/sec: {speed:.2f} #####\n"
            )
            sys.stdout.flush()

    def work(number: int) -> None:
        """Train up to the end of a round, in the last one to that of all epochs."""
        part, is_last = corpus.parts[number], progress.rounds + 1 == rounds
        due = part.tokens * epochs * (progress.rounds + 1) / rounds
        for _ in range(progress.epochs_of[number], epochs):
            for chunk in part.chunks(progress.chunks_of[number]):
                if not is_last and progress.words[number] >= due:
                    return
                words, progress.states[number] = trainer.train(model.ranks[chunk], alpha(), progress.states[number])
                progress.words[number] += words
                progress.chunks_of[number] += 1
                if model.arrays.stop[0]:
                    return
                gate.pass_()
            progress.chunks_of[number] = 0
            end_epoch(number)

    def work_to_end(number: int) -> None:
        try:
            work(number)
        finally:
            gate.leave()

    def keep_when_due(is_stopping: bool) -> None:
        """Save between two chunks, which one host can do at any time, and does before it stops."""
        if group.size > 1 or not (checkpoints.due() or (checkpoints and is_stopping and not model.arrays.stop[0])):
            return
        with gate.closed(PATIENCE) as is_still:
            if is_still:
                resuming.save(checkpoints, model.arrays, progress, group)
            else:
                checkpoints.postpone()

    while progress.rounds < rounds:
        gate = Gate(count)
        threads.run(work_to_end, count, stop, model.arrays.stop, keep_when_due)
        shared.put_together()
        is_stopped = group.any(stop.is_set() and progress.epochs < epochs)
        progress.rounds += not is_stopped  # or else the next attempt ends this round
        is_over = progress.rounds == rounds or (is_stopped and group.size > 1)
        if checkpoints and (is_over or (group.size > 1 and group.first(checkpoints.due()))):
            resuming.save(checkpoints, model.arrays, progress, group)
        if is_stopped:
            break
    progress.seconds = time.perf_counter() - start
    return progress


def _rounds(words: int, rows: int) -> int:
    """Return how many times hosts merge their vectors while they train this many words in total."""
    return max(1, min(TIMES, round(words / TOGETHER)), round(words / max(TOGETHER, A_ROW * rows)))


def _beginning(count: int, seed: int, rank: int) -> Progress:
    states = [threads.chance(seed, number, *([rank] if rank else [])) for number in range(count)]
    return Progress([0] * count, [0] * count, [0] * count, states)


class _Shared:
    """The vectors of a model that several hosts train, each on its part of the text."""

    def __init__(self, model: Model, group: Group) -> None:
        self._group = group
        self._arrays = [model.arrays.input, model.arrays.output]
        self._before = [array.copy() for array in self._arrays] if group.size > 1 else []

    def put_together(self) -> None:
        """Add up what the hosts have changed since the last time, as `added` does, in pairs of hosts."""
        for array, before in zip(self._arrays, self._before, strict=False):
            array -= before
            changes = [message["array"] for message in self._group.gather({"array": array})]
            while len(changes) > 1:
                pairs = list(zip(changes[::2], changes[1::2], strict=False))
                changes = [added(*pair) for pair in pairs] + changes[2 * len(pairs) :]
            array[:] = self._group.broadcast({"array": changes[0]} if changes else {})["array"]
            array += before
            before[:] = array


def added(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return, for each row, what two hosts have changed: the sum of what has nothing in common, the mean of the same.

    A rare word is changed by one host, and keeps that; a frequent one is taken by both to where it belongs, and the sum
    would go twice as far. Maleki et al., Scaling distributed training with adaptive summation (2020).

    Example:
        >>> added(np.float32([[2, 0], [2, 0], [2, 0]]), np.float32([[0, 2], [2, 0], [0, 0]])).tolist()
        [[2.0, 2.0], [2.0, 0.0], [2.0, 0.0]]
    """
    common = np.einsum("ij,ij->i", one, other)
    total = np.zeros_like(one)
    for change in (one, other):
        size = np.einsum("ij,ij->i", change, change)
        total += change * (1 - common / np.maximum(2 * size, np.float32(1e-30)))[:, np.newaxis]
    return total
