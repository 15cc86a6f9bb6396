"""What each word of a record adds to its prediction. Knows no files, no HTTP.

By leaving it out, for the whole model: these contributions need not add up to anything, because of two words that say
the same each may be spared. And by the wide part's own numbers, which add up exactly to what that part says.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headline_mxnet.wide import Wide

Probabilities = Callable[[NDArray[np.int32]], NDArray[Any]]


def words(probabilities: Probabilities, names: Sequence[str], row: NDArray[np.int32], best: int) -> dict[str, Any]:
    """Explain a headline: by how much the probability of class `best` falls when a word is taken out of the text.

    `names` are its words; `row`, int32 (max_length,), their ids, as many as fit. What follows a word moves up by one
    place, so that a request with the headline without it shows the same probability (unless the headline was cut).
    Strongest first.
    """
    found = _contributions(probabilities, row, without_each(row), best)
    return {"words": [{"word": names[place], "contribution": found[place]} for place in _order(found)]}


def linear(
    wide: Wide, names: Sequence[str], row: NDArray[np.int32], others: Sequence[str], best: int
) -> dict[str, Any]:
    """Explain what the wide part says of a headline: exactly, as the sum of what its words and its pairs add.

    A contribution is to the score of class `best`, less the mean over all classes, which no probability depends on. It
    is in units of log-probability; `sum` is that of all. Strongest first.
    """
    parts = (rows.astype(np.float64) for rows in wide.parts(row, others))
    of_words, of_pairs = ((rows[:, best] - rows.mean(axis=1)).tolist() for rows in parts)
    pairs = [f"{first} {second}" for first, second in pairwise(names)]
    return {
        "words": [{"word": names[place], "contribution": of_words[place]} for place in _order(of_words)],
        "pairs": [{"pair": pairs[place], "contribution": of_pairs[place]} for place in _order(of_pairs)],
        "sum": sum(of_words) + sum(of_pairs),
    }


def without_each(row: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return int32 (n_words, max_length): a headline's ids without its first word, without its second, and so on.

    Example:
        >>> without_each(np.array([7, 8, 0], np.int32)).tolist()
        [[8, 0, 0], [7, 0, 0]]
    """
    variants = np.zeros((np.count_nonzero(row), len(row)), np.int32)
    for place, variant in enumerate(variants):
        variant[:-1] = np.delete(row, place)
    return variants


def positions(probabilities: Probabilities, _: Any, row: NDArray[np.int32], best: int) -> dict[str, Any]:
    """Explain a row of ids: by how much the probability of class `best` falls when an id is replaced by 0, padding.

    Positions are counted from 0; padding is not explained. Strongest first.
    """
    places = np.flatnonzero(row)
    variants = np.repeat(row[None], len(places), axis=0)
    variants[np.arange(len(places)), places] = 0
    found = _contributions(probabilities, row, variants, best)
    return {
        "positions": [
            {"position": int(places[n]), "id": int(row[places[n]]), "contribution": found[n]} for n in _order(found)
        ]
    }


def _contributions(
    probabilities: Probabilities, row: NDArray[np.int32], variants: NDArray[np.int32], best: int
) -> list[float]:
    """One forward pass for the record and all that it is compared with."""
    of_best = probabilities(np.concatenate([row[None], variants]))[:, best].astype(np.float64)
    return (of_best[0] - of_best[1:]).tolist()  # type: ignore[no-any-return]


def _order(contributions: list[float]) -> list[int]:
    return sorted(range(len(contributions)), key=lambda place: -abs(contributions[place]))
