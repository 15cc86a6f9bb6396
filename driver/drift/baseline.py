"""The baseline in the manifest of a model, and how far records are from it: see docs/monitoring.md for both.

The images compare in the same way, see `smcontract.monitoring`.
"""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driver.drift.texts import BITS, BUCKETS, count
from driver.errors import DriverError

FORMAT = 1
MOST_LABELS = 50
EDGES: Mapping[str, Sequence[float]] = {
    "length": (1, 2, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724),
    "unknown_words": (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 0.9),
    "confidence": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99),
}
"""Where the next bin begins; there is a bin below the first edge. `words` are bins by hash, `labels` by name."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Record:
    """A record of a request: its text and what it was answered with; None where it is not known."""

    text: str | None = None
    label: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Figures:
    """Records in numbers: `counts` in the bins of each statistic, and shares from 0 to 1; None of what there is none.

    `label_shares` are by label.
    """

    records: int
    counts: Mapping[str, Counts]
    unknown_words: float | None
    confidence: float | None
    label_shares: Mapping[str, float]


@dataclass(frozen=True)
class Baseline:
    """`counts` in the bins of each statistic of the training data, and the index from which on each is an alarm."""

    window: int
    known: bytes
    labels: tuple[str, ...]
    counts: Mapping[str, Counts]
    thresholds: Mapping[str, float]

    @classmethod
    def parse(cls, value: object, place: str) -> "Baseline":
        """Return the baseline of a manifest, which came from `place`. Raises DriverError."""
        again = "train it again with a current image"
        if not isinstance(value, dict) or not value:
            raise DriverError(f"the model in {place} has no baseline to compare with: {again}")
        if value.get("format") != FORMAT:
            raise DriverError(
                f"the baseline in {place} has the format {value.get('format')}, and this version reads {FORMAT}"
            )
        try:
            found = cls._read(value)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError, binascii.Error) as error:
            raise DriverError(f"the baseline in {place} is malformed ({error}): {again}") from error
        return found

    @classmethod
    def _read(cls, value: Mapping[str, Any]) -> "Baseline":
        known, labels = base64.b64decode(value["known_words"], validate=True), tuple(map(str, value["labels"]))
        sizes = {name: len(edges) + 1 for name, edges in EDGES.items()}
        sizes |= {"words": BUCKETS, "labels": min(len(labels), MOST_LABELS + 1)}
        counts = {name: np.array(one["counts"], np.int64) for name, one in value["statistics"].items() if name in sizes}
        thresholds = {name: float(value["statistics"][name]["threshold"]) for name in counts}
        wrong = [name for name in counts if counts[name].shape != (sizes[name],) or not thresholds[name] > 0]
        if wrong or not counts or len(known) not in (0, BITS // 8) or value["window"] < 1:
            raise ValueError(f"{', '.join(wrong) or 'statistics, known_words or window'}")
        return cls(int(value["window"]), known, labels, counts, thresholds)

    def measure(self, records: Sequence[Record]) -> Figures:
        """Count records in the bins of the statistics that the baseline has."""
        counts = {name: np.zeros_like(of_training) for name, of_training in self.counts.items()}
        texts = [record.text for record in records if record.text is not None]
        unknown = None
        if self.known and texts and "words" in counts:
            of_texts = count(texts, self.known)
            strange = of_texts[:, BUCKETS:]
            counts["words"] += (of_texts[:, :BUCKETS] + strange).sum(axis=0)
            for length, of_unknown in zip(of_texts.sum(axis=1).tolist(), strange.sum(axis=1).tolist(), strict=True):
                counts["length"][bisect_right(EDGES["length"], length)] += 1
                if length:
                    counts["unknown_words"][bisect_right(EDGES["unknown_words"], of_unknown / length)] += 1
            unknown = float(strange.sum() / max(1, of_texts.sum()))
        numbers = {label: min(number, MOST_LABELS) for number, label in enumerate(self.labels)}
        shares, sure = dict.fromkeys(self.labels, 0), []
        for record in records:
            if record.label in numbers and record.confidence is not None:
                shares[record.label] += 1
                sure.append(record.confidence)
                if "labels" in counts:
                    counts["labels"][numbers[record.label]] += 1
                    counts["confidence"][bisect_right(EDGES["confidence"], record.confidence)] += 1
        return Figures(
            len(records), counts, unknown, sum(sure) / len(sure) if sure else None,
            {label: number / len(sure) for label, number in shares.items()} if sure else {},
        )  # fmt: skip

    def indices(self, figures: Figures) -> dict[str, float]:
        """Return the population stability index of each statistic that the records have."""
        return {
            name: stability_index(self.counts[name], found) for name, found in figures.counts.items() if found.any()
        }

    def ratios(self, indices: Mapping[str, float]) -> dict[str, float]:
        """Return each index divided by its threshold: 1 or more is an alarm."""
        return {name: index / self.thresholds[name] for name, index in indices.items()}


def stability_index(expected: Counts, actual: Counts) -> float:
    """Return the population stability index (Siddiqi, Credit Risk Scorecards, 2006), half a record added to each bin.

    Example:
        >>> round(stability_index(np.array([50, 50]), np.array([70, 30])), 4)
        0.1659
    """
    e, a = ((values + 0.5) / (values + 0.5).sum() for values in (expected, actual))
    return float(((a - e) * np.log(a / e)).sum())
