"""What evaluation.json says of word vectors: how they agree with people, neighbours, and the vectors for a map."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blazingtext_client import wordsim
from blazingtext_client.engine import Model
from blazingtext_client.wordsim import Pairs

FREQUENT = 100  # words of a large vocabulary that are passed over: they are those of grammar
ASKED, NEIGHBOURS = 24, 8  # words whose neighbours are named, and how many
MAPPED = 300  # words whose vectors are kept
AMONG = 5_000  # the most frequent words, among which neighbours are looked for
MOST_PAIRS = 1000  # of each set


def describe(model: Model, sets: Mapping[str, Pairs]) -> dict[str, Any]:
    """Return `words`, `dim`, `similarity` of each set of pairs, `neighbours` and `map`, as JSON has them.

    The vectors of the map are float16 (n, dim), little-endian, row by row, in base64, each of length 1.
    """
    vectors = model.vectors()
    index = {word: number for number, word in enumerate(model.words)}
    first = FREQUENT if len(model.words) >= FREQUENT + MAPPED else 0
    units = _units(vectors[:AMONG])
    mapped = units[first : first + MAPPED]
    return {
        "words": len(model.words),
        "dim": model.dim,
        "similarity": {name: _similarity(pairs, vectors, index) for name, pairs in sets.items()},
        "neighbours": [_neighbours(model, units, number) for number in range(first, min(first + ASKED, len(units)))],
        "map": {
            "words": model.words[first : first + len(mapped)],
            "vectors": base64.b64encode(mapped.astype("<f2").tobytes()).decode(),
        },
    }


def _similarity(pairs: Pairs, vectors: NDArray[np.float32], index: Mapping[str, int]) -> dict[str, Any]:
    """Spearman's rho, as eval.json has it, and the pairs: two words, what people said, and the cosine."""

    def vector(word: str) -> NDArray[np.float32] | None:
        return vectors[index[word]] if word in index else None

    known = [pair for pair in pairs if pair[0] in index and pair[1] in index][:MOST_PAIRS]
    first, second = (_units(vectors[rows]) for rows in _rows(known, index))
    cosines = (first * second).sum(axis=1).round(4).tolist()
    found = wordsim.evaluate({"": pairs}, vector)[""]
    return {**found, "pairs": [[*pair, cosine] for pair, cosine in zip(known, cosines, strict=True)]}


def _rows(pairs: Pairs, index: Mapping[str, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first = np.array([index[pair[0]] for pair in pairs], np.intp)
    return first, np.array([index[pair[1]] for pair in pairs], np.intp)


def _neighbours(model: Model, units: NDArray[np.float64], number: int) -> dict[str, Any]:
    cosines = units @ units[number]
    cosines[number] = -np.inf
    nearest = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
    pairs = zip(nearest.tolist(), cosines[nearest].round(4).tolist(), strict=True)
    return {
        "word": model.words[number],
        "count": int(model.counts[number]),
        "nearest": [[model.words[other], cosine] for other, cosine in pairs if other != number],
    }


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    lengths = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    units: NDArray[np.float64] = wide / np.where(lengths, lengths, 1)
    return units
