"""Word vectors from a corpus: vocabulary, first values, threads, progress. What they do to vectors is in `kernel`."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.training.hosts.group import Group

from blazingtext_client import kernel, layout, plain
from blazingtext_client.corpus import END, Corpus
from blazingtext_client.layout import Arrays, Method

SEED = 1
LOWEST = 1e-4  # part of the learning rate, as in word2vec: 0 would train the last words not at all

_MODES = {"batch_skipgram": layout.BATCH_SKIPGRAM, "skipgram": layout.SKIPGRAM, "cbow": layout.CBOW}
_ENGINE: Any = kernel if kernel.AVAILABLE else plain
_RARE = -2  # in the place of a word's row
TOGETHER = 1_000_000
"""Words that hosts train between them until they put their vectors together; a host alone does some seconds' work."""

_POLL = 0.05  # seconds until the next look at whether training is to stop
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


@dataclass
class Progress:
    """What each thread has trained: `words`, unknown ones included, and whole epochs. `seconds` is for all of it."""

    words: list[int]
    epochs_of: list[int]
    seconds: float = 0.0

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return sum(self.words)

    @property
    def epochs(self) -> int:
        """Epochs that all threads have ended."""
        return min(self.epochs_of, default=0)


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
    input = np.empty((n_rows, layout.padded(dim)), np.float32)
    np.random.default_rng(seed).random(dtype=np.float32, out=input)
    input -= np.float32(0.5)
    input *= np.float32(2 / dim)
    input[:, dim:] = 0
    output = np.zeros((len(words), layout.padded(dim)), np.float32)
    arrays = Arrays(
        input, output, offsets, rows, layout.kept(counts, settings["sampling_threshold"]), layout.alias(counts),
        np.zeros(1, np.uint8),
    )  # fmt: skip
    method = Method(
        _MODES[settings["mode"]], settings["window_size"], settings["negative_samples"], settings["batch_size"] or 1
    )
    return Model(words, counts, ranks, dim, arrays, method, seed)


def train(
    model: Model, corpus: Corpus, settings: Mapping[str, Any], stop: threading.Event, group: Group | None = None
) -> Progress:
    """Train with a thread for each part of the corpus, until the epochs are done or soon after `stop` is set.

    The threads share the vectors without locks (Hogwild). Every epoch ends with a line on standard output in
    BlazingText's form. Hosts put their vectors together after every TOGETHER words of all of them.
    """
    group = group or Group.alone()
    rounds = max(1, round(corpus.tokens * int(settings["epochs"]) / TOGETHER)) if group.size > 1 else 1
    trainer = _ENGINE.Trainer(model.arrays, model.method)
    progress = Progress([0] * len(corpus.parts), [0] * len(corpus.parts))
    total, rate = max(1, corpus.own * int(settings["epochs"])), float(settings["learning_rate"])
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
            speed = progress.trained / (time.perf_counter() - start) / 1e6
            sys.stdout.write(
                f"##### Alpha: {alpha():.4f}  Progress: {done():.2%}  Million Words/sec: {speed:.2f} #####\n"
            )
            sys.stdout.flush()

    def work(number: int) -> Iterator[None]:
        seeds = [model.seed, number, *([group.rank] if group.rank else [])]
        state = int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0])
        for _ in range(settings["epochs"]):
            for chunk in corpus.parts[number].chunks():
                words, state = trainer.train(model.ranks[chunk], alpha(), state)
                progress.words[number] += words
                if model.arrays.stop[0]:
                    return
                yield
            end_epoch(number)

    steps = [work(number) for number in range(len(corpus.parts))]

    def advance(number: int, turn: int) -> None:
        """Take the steps of a thread up to the end of a round, of the last one all."""
        due = corpus.parts[number].tokens * int(settings["epochs"]) * (turn + 1) / rounds
        while turn + 1 == rounds or progress.words[number] < due:
            if next(steps[number], END) == END:
                return

    shared = _Shared(model, group)
    with ThreadPoolExecutor(max(1, len(steps))) as pool:
        for turn in range(rounds):
            threads = [pool.submit(advance, number, turn) for number in range(len(steps))]
            ended, running = wait(threads, _POLL, FIRST_EXCEPTION)
            while running:
                if stop.is_set() or any(thread.exception() for thread in ended):
                    model.arrays.stop[0] = 1
                ended, running = wait(threads, _POLL, FIRST_EXCEPTION)
            for thread in threads:
                thread.result()
            shared.put_together()
            if group.any(stop.is_set()):
                break
    progress.seconds = time.perf_counter() - start
    return progress


class _Shared:
    """The vectors of a model that several hosts train, each on its part of the text."""

    def __init__(self, model: Model, group: Group) -> None:
        self._group = group
        self._arrays = [model.arrays.input, model.arrays.output]
        self._before = [array.copy() for array in self._arrays] if group.size > 1 else []

    def put_together(self) -> None:
        """Add up what the hosts have changed since the last time; of more than two, to twice the mean of it.

        The mean alone would slow learning down: most words are rare, and only one host has changed them much. The sum
        is as if one host had done all that work, but overshoots for frequent words when many hosts add the same.
        """
        for array, before in zip(self._arrays, self._before, strict=False):
            array -= before
            array[:] = self._group.sum(array)
            array *= np.float32(min(1.0, 2 / self._group.size))
            array += before
            before[:] = array
