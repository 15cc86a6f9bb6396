"""gensim's models, told to train every word of a corpus once an epoch, and to stop when asked.

gensim shares a file among threads by bytes, and ends each thread by a count of words: where words are longer in one
half than in the other, some are trained twice and others never. Here each thread has a file of its own.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from gensim.models import FastText, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

from blazingtext_client.corpus import Corpus, Part


class Stopped(Exception):  # noqa: N818  # a way out, not an error
    """Training was asked to end."""


class _Parts:
    """Mixed into a gensim model: thread number n trains part number n, all of it."""

    parts: list[Part]
    raw_words: list[int]  # words that each epoch trained, unknown ones included

    def _do_train_epoch(self, corpus_file: str, thread_id: int, offset: float, *rest: Any, **options: Any) -> Any:  # noqa: ARG002
        part = self.parts[thread_id]
        # A thread ends when it has seen its share of total_words: one that no part has, so that it sees its part whole.
        options |= {"total_examples": part.lines, "total_words": (part.tokens + part.fillers + 1) * len(self.parts)}
        return super()._do_train_epoch(str(part.path), thread_id, 0, *rest, **options)  # type: ignore[misc]

    def _log_epoch_end(self, *report: Any) -> None:
        self.raw_words.append(max(0, report[3] - sum(part.fillers for part in self.parts)))


class PartedWord2Vec(_Parts, Word2Vec):  # type: ignore[misc]  # gensim carries no types
    """Word2Vec of words alone."""


class PartedFastText(_Parts, FastText):  # type: ignore[misc]
    """Word2Vec with vectors of character n-grams."""


def make(settings: Mapping[str, Any], corpus: Corpus) -> Word2Vec:
    """Return an untrained model whose vocabulary is the corpus's; `wv` is empty when no word reaches `min_count`."""
    options = {
        "vector_size": settings["vector_dim"],
        "alpha": settings["learning_rate"],
        "min_alpha": settings["learning_rate"] * 1e-4,  # word2vec's own: 0 would train the last words not at all
        "window": settings["window_size"],
        "min_count": settings["min_count"],
        "sample": settings["sampling_threshold"],
        "negative": settings["negative_samples"],
        "epochs": settings["epochs"],
        "sg": settings["mode"] != "cbow",
        "workers": len(corpus.parts),
    }
    if settings["subwords"]:
        grams = {"min_n": settings["min_char"], "max_n": settings["max_char"], "bucket": settings["buckets"]}
        model = PartedFastText(**options, **grams)
    else:
        model = PartedWord2Vec(**options)
    model.parts, model.raw_words = corpus.parts, []
    kept = {word: count for word, count in corpus.counts.items() if count >= settings["min_count"]}
    if kept:
        model.build_vocab_from_freq(kept, corpus_count=corpus.lines)
    return model


def train(model: Word2Vec, corpus: Corpus, stop: threading.Event) -> float:
    """Train until the epochs are done or `stop` is set; return the seconds. `model.raw_words` has each epoch's words.

    Every epoch ends with a line on standard output in BlazingText's form. The corpus's files are of no use after it.
    """
    start = time.perf_counter()
    with _emptied_on(stop, corpus.parts) as was_asked, suppress(Stopped):
        model.train(
            corpus_file=str(corpus.parts[0].path),
            total_examples=corpus.lines,
            total_words=corpus.tokens,
            epochs=model.epochs,
            callbacks=[_Epochs(was_asked, start)],
        )
    seconds = time.perf_counter() - start
    if isinstance(model, FastText):
        model.wv.adjust_vectors()  # of words, from those of their subwords: what gensim does after its last epoch alone
    return seconds


class _Epochs(CallbackAny2Vec):  # type: ignore[misc]
    def __init__(self, was_asked: Callable[[], bool], start: float) -> None:
        self.was_asked, self.start = was_asked, start

    def on_epoch_end(self, model: Word2Vec) -> None:
        done = len(model.raw_words) / model.epochs
        alpha = max(model.min_alpha, model.alpha * (1 - done))
        speed = sum(model.raw_words) / (time.perf_counter() - self.start) / 1e6
        sys.stdout.write(f"##### Alpha: {alpha:.4f}  Progress: {done:.2%}  Million Words/sec: {speed:.2f} #####\n")
        sys.stdout.flush()
        if self.was_asked():
            raise Stopped


@contextmanager
def _emptied_on(stop: threading.Event, parts: list[Part]) -> Iterator[Callable[[], bool]]:
    """Empty the files when `stop` is set: inside an epoch nothing but the end of its file ends a thread of gensim."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            if stop.is_set():
                for part in parts:
                    os.truncate(part.path, 0)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield stop.is_set
    finally:
        done.set()
        watcher.join()
