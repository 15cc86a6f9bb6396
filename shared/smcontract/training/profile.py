"""The baseline of a model, from training texts and from its predictions for records that it was not trained on.

From which index on a difference is an alarm is measured on the same data: how far windows drawn from it differ.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from smcontract.manifest import Model
from smcontract.monitoring.baseline import WINDOW, Baseline, Statistic, stability_index
from smcontract.monitoring.rows import Meter, Rows
from smcontract.monitoring.texts import LONGEST, common

SAMPLE = 10_000
"""Training texts that are looked at."""
PREDICTED = 4_000
"""Records for which the model predicts."""
FEWEST = 200
"""Records below which a distribution is not known well enough to be compared with."""
DRAWS = 500
"""Windows that are drawn."""
AT_ONCE = 50
SPREAD = 0x9E3779B97F4A7C15  # 2**64 by the golden ratio: its multiples are spread evenly (Knuth, TAOCP 3, 6.4)
MARGIN = 1.5
"""Threshold, as a multiple of the largest index among them: see docs/decisions.md."""


class Sample:
    """Some of the texts that pass by, spread evenly over them: those whose places have the greatest hashes.

    So a sample of all is the sample of its parts' samples, on however many hosts they were drawn (bottom-k sampling:
    Cohen and Kaplan, Summarizing data using bottom-k sketches, 2007).
    """

    def __init__(self, size: int = SAMPLE) -> None:
        self.kept: list[tuple[int, int, str]] = []
        """Of each text the hash of its place, the place, and its beginning; a heap."""
        self._size, self._seen = size, 0

    def see(self, text: str, place: int | None = None) -> None:
        """Perhaps keep a text, as far as it is looked at; its place among all is that of its turn unless given."""
        place = self._seen if place is None else place
        self._seen += 1
        self._keep((place * SPREAD % 2**64, place, text[:LONGEST]))

    def see_many(self, count: int, text: Callable[[int], str]) -> None:
        """See `count` texts. Only for those that may be kept, `text` is called with their number, from 0 on."""
        first, least = self._seen, self.kept[0][0] if len(self.kept) == self._size else 0
        hashes = np.arange(first, first + count, dtype=np.uint64) * np.uint64(SPREAD)
        for number in np.flatnonzero(hashes >= least).tolist():
            self.see(text(number), first + number)
        self._seen = first + count

    def join(self, kept: Iterable[tuple[int, int, str]]) -> None:
        """See what a sample of other texts has kept."""
        for each in kept:
            self._keep(each)

    def _keep(self, each: tuple[int, int, str]) -> None:
        if len(self.kept) < self._size:
            heapq.heappush(self.kept, each)
        elif each > self.kept[0]:
            heapq.heapreplace(self.kept, each)

    @property
    def texts(self) -> list[str]:
        """The texts, in the order of their places."""
        return [text for _, _, text in sorted(self.kept, key=itemgetter(1))]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Sample":
        """Return a sample of all these."""
        sample = cls()
        for text in texts:
            sample.see(text)
        return sample


def describe(model: Model, sample: Sample, held_out: Sequence[Any]) -> Baseline | None:
    """Return the baseline of a model; None where there are too few records for any.

    `sample` are training texts, a half of which says which words are known and the other half how many are not.
    `held_out` are records that the model was not trained on, given as JSON has them.
    """
    labels = model.manifest.labels
    kept = sample.texts
    texts = random.Random(0).sample(kept, len(kept))  # noqa: S311 - they may come in order
    learnt, unseen = texts[::2], texts[1::2]
    has_texts = len(unseen) >= FEWEST
    known = common(learnt) if has_texts else b""
    meter, untexted = Meter(labels, known), Meter(labels, b"")
    found: dict[str, Statistic] = {}
    if has_texts:
        found |= _statistics(meter, meter.rows(unseen), ("length", "unknown_words", "words"))
    if labels and len(held_out) >= FEWEST:
        chosen = random.Random(0).sample(held_out, min(len(held_out), PREDICTED))  # noqa: S311
        records = [model.records.from_json(record) for record in chosen]
        rows = untexted.rows(records, model.predict(records))
        found |= _statistics(untexted, rows, ("confidence", "labels"))
    return Baseline(known, labels, found) if found else None


def _statistics(meter: Meter, rows: Rows, names: Sequence[str]) -> dict[str, Statistic]:
    """The counts of all rows, and thresholds: beyond the index of any window drawn from them by chance.

    Both sides are drawn, as the baseline is a sample too (the bootstrap: Efron and Tibshirani, 1993).
    """
    generator, count = np.random.default_rng(0), len(rows)
    every = rows.astype(np.float32)
    largest = dict.fromkeys(names, 0.0)
    for _ in range(DRAWS // AT_ONCE):
        windows = every[generator.integers(count, size=(AT_ONCE, WINDOW))].sum(axis=1)
        baselines = generator.poisson(1, (AT_ONCE, count)).astype(np.float32) @ every
        drawn, expected = meter.split(windows.astype(np.float64)), meter.split(baselines.astype(np.float64))
        for name in names:
            largest[name] = max(largest[name], float(stability_index(expected[name], drawn[name]).max()))
    counts = meter.split(rows.sum(axis=0, dtype=np.int64))
    return {name: Statistic(counts[name], MARGIN * largest[name]) for name in names}
