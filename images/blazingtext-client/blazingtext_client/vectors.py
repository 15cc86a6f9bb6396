"""Training word vectors, and the files that BlazingText makes of them; knows nothing of channels and manifests."""

import json
import logging
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import Word2Vec
from numpy.typing import NDArray
from smcontract.errors import UserError

from blazingtext_client import engine, fasttextfile, wordsim
from blazingtext_client.corpus import Corpus
from blazingtext_client.wordsim import Pairs

TEXT, BINARY, EVALUATION = "vectors.txt", "vectors.bin", "eval.json"

log = logging.getLogger(__name__)


def train(corpus: Corpus, settings: Mapping[str, Any], stop: threading.Event) -> Word2Vec:
    """Train on a corpus and return the model, as far as it came before `stop` was set; its files are used up.

    Writes BlazingText's lines to standard output. Raises UserError when no word occurs `min_count` times.
    """
    _say(f"Running single machine CPU BlazingText training using {settings['mode']} mode.")
    _say(f"Read {corpus.tokens // 1_000_000}M words")
    model = engine.make(settings, corpus)
    _say(f"Number of words:  {len(model.wv)}")
    if not len(model.wv):
        most, count = corpus.counts.most_common(1)[0]
        raise UserError(
            f"no word occurs min_count = {settings['min_count']} times; the most frequent, {most[:40]!r}, occurs "
            f"{count} times: lower min_count, or give more text"
        )
    seconds = engine.train(model, corpus, stop)
    trained = sum(model.raw_words)
    _say(f"Average throughput in Million words/sec: {trained / seconds / 1e6:.2f}")
    _say(f"Total training time in seconds: {seconds:.2f}")
    log.info("trained %d words in %d epochs of %d words", trained, len(model.raw_words), corpus.tokens)
    if stop.is_set():
        log.warning("stopped after %d of %d words", trained, corpus.tokens * model.epochs)
    if not np.isfinite(model.wv.vectors).all():
        raise UserError("the vectors contain NaN or infinite numbers: lower learning_rate")
    return model


def write(folder: Path, model: Word2Vec, settings: Mapping[str, Any]) -> None:
    """Write vectors.txt, the most frequent word first, and vectors.bin, which fastText reads too."""
    wv = model.wv
    words: Sequence[str] = wv.index_to_key
    with (folder / TEXT).open("w", encoding="utf-8") as file:
        file.write(f"{len(words)} {wv.vector_size}\n")
        for word, vector in zip(words, wv.vectors, strict=True):
            file.write(f"{word} {' '.join(f'{number:.6g}' for number in vector.tolist())}\n")
    grams = settings["subwords"]
    arguments = fasttextfile.Arguments(
        dim=wv.vector_size,
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
    matrix: NDArray[np.float32] = np.concatenate([wv.vectors_vocab, wv.vectors_ngrams]) if grams else wv.vectors
    counts = [wv.get_vecattr(word, "count") for word in words]
    fasttextfile.write_vectors(folder / BINARY, words, counts, matrix, model.syn1neg, arguments)


def evaluate(folder: Path, model: Word2Vec, sets: Mapping[str, Pairs]) -> float:
    """Write eval.json and its content to standard output; return the mean of Spearman's rho over the sets of pairs."""
    result = wordsim.evaluate(sets, lambda word: model.wv[word] if word in model.wv.key_to_index else None)
    text = json.dumps(result, indent=4, sort_keys=True)
    (folder / EVALUATION).write_text(text, encoding="utf-8")
    mean = float(result["mean_rho"])
    _say(text)
    _say(f"#mean_rho: {mean}")
    return mean


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
