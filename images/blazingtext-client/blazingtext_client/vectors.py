"""Training word vectors, and the files that BlazingText makes of them; knows nothing of channels and manifests."""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from smcontract.errors import UserError
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.hosts.group import Group

from blazingtext_client import engine, fasttextfile, kernel, wordsim
from blazingtext_client.corpus import Corpus
from blazingtext_client.engine import Model
from blazingtext_client.wordsim import Pairs

TEXT, BINARY, EVALUATION = "vectors.txt", "vectors.bin", "eval.json"

log = logging.getLogger(__name__)


def train(
    corpus: Corpus,
    settings: Mapping[str, Any],
    stop: threading.Event,
    checkpoints: Checkpoints,
    group: Group | None = None,
) -> Model:
    """Train on a corpus and return the model, as far as it came before `stop` was set; the same on all hosts.

    Writes BlazingText's lines to standard output. Raises UserError when no word occurs `min_count` times.
    """
    _say(f"Running single machine CPU BlazingText training using {settings['mode']} mode.")
    _say(f"Read {corpus.tokens // 1_000_000}M words")
    chosen = engine.vocabulary(corpus, settings["min_count"])
    _say(f"Number of words:  {len(chosen)}")
    if not len(chosen):
        most = int(corpus.counts.argmax())
        raise UserError(
            f"no word occurs min_count = {settings['min_count']} times; the most frequent, "
            f"{corpus.words[most][:40]!r}, occurs {corpus.counts[most]} times: lower min_count, or give more text"
        )
    if not kernel.AVAILABLE:
        log.warning("this package was installed without a C compiler, so training is a thousand times slower")
    model = engine.make(settings, corpus, chosen)
    progress = engine.train(model, corpus, settings, stop, checkpoints, group)
    _say(
        f"Average throughput in Million words/sec: {(progress.trained - progress.resumed) / progress.seconds / 1e6:.2f}"
    )
    _say(f"Total training time in seconds: {progress.seconds:.2f}")
    log.info("trained %d words in %d epochs of %d words", progress.trained, progress.epochs, corpus.own)
    if stop.is_set():
        log.warning("stopped after %d of %d words", progress.trained, corpus.own * settings["epochs"])
    if not np.isfinite(model.vectors()).all():
        raise UserError("the vectors contain NaN or infinite numbers: lower learning_rate")
    return model


def write(folder: Path, model: Model, settings: Mapping[str, Any]) -> None:
    """Write vectors.txt, the most frequent word first, and vectors.bin, which fastText reads too."""
    with (folder / TEXT).open("w", encoding="utf-8") as file:
        file.write(f"{len(model.words)} {model.dim}\n")
        for word, vector in zip(model.words, model.vectors(), strict=True):
            file.write(f"{word} {' '.join(f'{number:.6g}' for number in vector.tolist())}\n")
    grams = settings["subwords"]
    arguments = fasttextfile.Arguments(
        dim=model.dim,
        ws=settings["window_size"],
        epoch=settings["epochs"],
        min_count=settings["min_count"],
        neg=settings["negative_samples"],
        model=fasttextfile.CBOW if settings["mode"] == "cbow" else fasttextfile.SKIPGRAM,
        bucket=settings["buckets"] if grams else 0,
        minn=settings["min_char"] if grams else 0,
        maxn=settings["max_char"] if grams else 0,
        t=settings["sampling_threshold"],
    )
    words = fasttextfile.Dictionary(model.words, model.counts.tolist())
    fasttextfile.write(folder / BINARY, words, fasttextfile.Dictionary((), ()), model.input, model.output, arguments)


def evaluate(folder: Path, model: Model, sets: Mapping[str, Pairs]) -> float:
    """Write eval.json and its content to standard output; return the mean of Spearman's rho over the sets of pairs."""
    vectors = dict(zip(model.words, model.vectors(), strict=True))
    result = wordsim.evaluate(sets, vectors.get)
    text = json.dumps(result, indent=4, sort_keys=True)
    (folder / EVALUATION).write_text(text, encoding="utf-8")
    mean = float(result["mean_rho"])
    _say(text)
    _say(f"#mean_rho: {mean}")
    return mean


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
