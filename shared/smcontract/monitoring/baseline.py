"""The baseline in a model's manifest: how its training data are distributed, and from what difference on to alarm.

docs/monitoring.md describes the form. What is compared are counts in fixed bins, by the population stability index.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smcontract.errors import UserError
from smcontract.monitoring.texts import BITS, BUCKETS

FORMAT = 1
WINDOW = 500
"""Records that are compared with the baseline at once."""
MOST_LABELS = 50  # that have a bin of their own; others share the last

LENGTHS = (1, 2, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724)  # words
UNKNOWN = (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 0.9)  # share of the words
CONFIDENCE = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # probability of the predicted label
EDGES: Mapping[str, Sequence[float]] = {"length": LENGTHS, "unknown_words": UNKNOWN, "confidence": CONFIDENCE}
"""Where the next bin begins. There is a bin below the first edge."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Statistic:
    """The counts of one statistic in training, and the index from which on to alarm."""

    counts: Counts
    threshold: float


@dataclass(frozen=True)
class Baseline:
    """What is compared: `statistics` by their names, of those in `sizes`, in that order.

    `known` are the words that are known, see `texts.common`; empty for records that are not texts.
    """

    known: bytes
    labels: tuple[str, ...]
    statistics: Mapping[str, Statistic]

    def to_json(self) -> dict[str, Any]:
        """Return it as the manifest has it."""
        return {
            "format": FORMAT,
            "window": WINDOW,
            "known_words": base64.b64encode(self.known).decode(),
            "labels": list(self.labels),
            "statistics": {
                name: {"counts": one.counts.tolist(), "threshold": round(one.threshold, 6)}
                for name, one in self.statistics.items()
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Baseline | None":
        """Return the baseline of a manifest; None where it has none, or a later version's. Raises UserError."""
        if value.get("format") != FORMAT:
            return None
        try:
            known, labels = base64.b64decode(value["known_words"], validate=True), tuple(map(str, value["labels"]))
            statistics = {
                name: Statistic(np.array(value["statistics"][name]["counts"], np.int64),
                                float(value["statistics"][name]["threshold"]))
                for name in sizes(labels)
                if name in value["statistics"]
            }  # fmt: skip
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UserError(f"the manifest's baseline is malformed: {error}; train the model again") from error
        if not statistics:
            raise UserError("the manifest's baseline is malformed: statistics; train the model again")
        for name, one in statistics.items():
            if one.counts.shape != (sizes(labels)[name],) or one.counts.min() < 0 or not one.threshold > 0:
                raise UserError(f"the manifest's baseline is malformed: {name}; train the model again")
        if len(known) not in (0, BITS // 8):
            raise UserError("the manifest's baseline is malformed: known_words; train the model again")
        return cls(known, labels, statistics)

    def indices(self, counts: Mapping[str, Counts]) -> dict[str, float]:
        """Return the population stability index of each statistic, between training and these counts."""
        return {name: float(stability_index(one.counts, counts[name])) for name, one in self.statistics.items()}

    def drift(self, counts: Mapping[str, Counts]) -> float:
        """Return the largest index divided by its threshold: 1 or more is an alarm."""
        found = self.indices(counts)
        return max((found[name] / one.threshold for name, one in self.statistics.items()), default=0.0)


def sizes(labels: Sequence[str]) -> dict[str, int]:
    """Return how many bins each statistic has.

    Example:
        >>> sizes(("neg", "pos"))
        {'length': 19, 'unknown_words': 16, 'words': 64, 'confidence': 11, 'labels': 2}
    """
    return {
        "length": len(LENGTHS) + 1,
        "unknown_words": len(UNKNOWN) + 1,
        "words": BUCKETS,
        "confidence": len(CONFIDENCE) + 1,
        "labels": min(len(labels), MOST_LABELS + 1),
    }


def stability_index(expected: NDArray[Any], actual: NDArray[Any]) -> NDArray[np.float64]:
    """Return the population stability index between counts in the same bins, which are the last axis.

    The sum over the bins of (a - e) * ln(a / e), with the shares e and a: Siddiqi, Credit Risk Scorecards (Wiley,
    2006), chapter 8. It is the symmetric divergence of Jeffreys (An invariant form for the prior probability, 1946).
    Half a record is added to each bin, so that an empty one does not make it infinite.

    Example:
        >>> float(stability_index(np.array([50, 50]), np.array([70, 30])).round(4))
        0.1659
    """
    e, a = (values + 0.5 for values in (expected, actual))
    e, a = e / e.sum(axis=-1, keepdims=True), a / a.sum(axis=-1, keepdims=True)
    index: NDArray[np.float64] = np.asarray(((a - e) * np.log(a / e)).sum(axis=-1))
    return index
