"""Records and predictions to rows of counts: a column for each bin of each statistic of a baseline."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smcontract.monitoring.baseline import CONFIDENCE, LENGTHS, MOST_LABELS, UNKNOWN, Baseline, sizes
from smcontract.monitoring.texts import BUCKETS, Words

Rows = NDArray[np.uint16]


class Measured(NamedTuple):
    """Records in numbers: their `rows`, and sums over them.

    `words` and `unknown` count words. `labels` counts the `predicted` ones; `confidence` adds up their probabilities.
    """

    rows: Rows
    words: int
    unknown: int
    predicted: int
    confidence: float
    labels: Mapping[str, int]


class Meter:
    """Makes the rows of records, for a model with these labels. `known` are a baseline's known words."""

    def __init__(self, labels: Sequence[str], known: bytes) -> None:
        self._words = Words(known) if known else None
        self._labels = {label: min(number, MOST_LABELS) for number, label in enumerate(labels)}
        self._columns: dict[str, slice] = {}
        self.width = 0
        for name, size in sizes(labels).items():
            self._columns[name] = slice(self.width, self.width + size)
            self.width += size

    @classmethod
    def of(cls, baseline: Baseline) -> "Meter":
        """Return what measures as the baseline was measured."""
        return cls(baseline.labels, baseline.known)

    def split(self, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the columns of each statistic, of rows or of their sum."""
        return {name: rows[..., columns] for name, columns in self._columns.items()}

    def measure(self, records: Sequence[Any], predictions: Sequence[Mapping[str, Any]] = ()) -> Measured:
        """Measure records and, if given, their predictions, as a model's `predict` takes and returns them."""
        rows = np.zeros((len(records), self.width), np.uint16)
        words = unknown = 0
        if self._words and (texts := [text for record in records if (text := text_of(record)) is not None]):
            words, unknown = self._measure_texts(rows, self._words.count(texts))
        confidence, labels = 0.0, dict.fromkeys(self._labels, 0)
        probability, predicted = self._columns["confidence"].start, self._columns["labels"].start
        for number, prediction in enumerate(predictions):
            label, sure = outcome(prediction)
            if label in labels:
                labels[label] += 1
                confidence += sure
                rows[number, probability + bisect_right(CONFIDENCE, sure)] = 1
                rows[number, predicted + self._labels[label]] = 1
        return Measured(rows, words, unknown, sum(labels.values()), confidence, labels)

    def _measure_texts(self, rows: Rows, counts: NDArray[np.int64]) -> tuple[int, int]:
        """Fill the columns of texts; return how many words there are, and how many are unknown."""
        unknown = counts[:, BUCKETS:]
        rows[: len(counts), self._columns["words"]] = counts[:, :BUCKETS] + unknown
        lengths, strange = counts.sum(axis=1).tolist(), unknown.sum(axis=1).tolist()
        length, share = self._columns["length"].start, self._columns["unknown_words"].start
        for row, of_text, of_unknown in zip(rows, lengths, strange, strict=False):
            row[length + bisect_right(LENGTHS, of_text)] = 1
            if of_text:
                row[share + bisect_right(UNKNOWN, of_unknown / of_text)] = 1
        return sum(lengths), sum(strange)


def text_of(record: Any) -> str | None:
    """Return the text of a record as models take it; None of one that is not a text."""
    text = record if isinstance(record, str) else getattr(record, "text", None)
    return text if isinstance(text, str) else None


def outcome(prediction: Mapping[str, Any]) -> tuple[str | None, float]:
    """Return the predicted label and its probability; None where there is no label.

    Example:
        >>> outcome({"label": "pos", "score": 0.75, "probabilities": {"neg": 0.25, "pos": 0.75}})
        ('pos', 0.75)
        >>> outcome({"label": ["__label__1", "__label__2"], "prob": [0.7, 0.2]})
        ('__label__1', 0.7)
        >>> outcome({"vector": [0.5], "word": "film"})
        (None, 0.0)
    """
    label = prediction.get("label")
    if isinstance(label, str) and "probabilities" in prediction:
        return label, prediction["probabilities"][label]
    if isinstance(label, list) and label:
        return label[0], prediction["prob"][0]
    return None, 0.0
