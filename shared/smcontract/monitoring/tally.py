"""What all workers of a server have counted since it started, in the text format of Prometheus.

The format is that of "Exposition formats", version 0.0.4, in Prometheus' documentation.
"""

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from threading import Lock

from smcontract.monitoring.rows import Measured

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
PREFIX = "sagemaker_text_"
_COUNTERS: Mapping[str, str] = {
    "requests": "Requests for predictions.",
    "errors": "Requests for predictions whose answer has a status of 400 or more.",
    "records": "Records of answered requests.",
    "words": "Words of records.",
    "unknown_words": "Words that are not among the most frequent of the training texts.",
    "confidence": "Sum of the probabilities of predicted labels; divide by predictions.",
}


class Tally:
    """Made by the master; every worker inherits it, and adds to the row of its `place`."""

    place = 0

    def __init__(self, workers: int, labels: Sequence[str]) -> None:
        self._labels = labels
        self._width = len(_COUNTERS) + 1 + len(BUCKETS) + 1 + len(labels)
        self._values = memoryview(mmap.mmap(-1, 8 * workers * self._width)).cast("d")
        self._lock = Lock()  # of a worker's threads: one predicts, another may refuse

    def add(self, ms: float, parts: Sequence[Measured], *, failed: bool) -> None:
        """Add a request; `parts` are its records, and `ms` is how long it took, in milliseconds."""
        seconds = ms / 1000
        values = [
            1, failed, sum(len(part.rows) for part in parts), sum(part.words for part in parts),
            sum(part.unknown for part in parts), sum(part.confidence for part in parts), seconds,
        ]  # fmt: skip
        row = self.place * self._width
        labels = row + len(values) + len(BUCKETS) + 1
        with self._lock:
            for at, value in enumerate(values, row):
                self._values[at] += value
            self._values[row + len(values) + bisect_left(BUCKETS, seconds)] += 1
            for part in parts:
                for at, label in enumerate(self._labels, labels):
                    self._values[at] += part.labels[label]

    def render(self, drift: float | None, indices: Mapping[str, float]) -> bytes:
        """Return the metrics, with the drift of the window and its indices."""
        sums = [sum(self._values[at :: self._width]) for at in range(self._width)]
        lines = list(self._lines(sums))
        if drift is not None:
            lines += _head("drift", "gauge", "Of the last records from the training data; 1 or more is an alarm.")
            lines.append(f"{PREFIX}drift {drift:.6g}")
            lines += _head("stability_index", "gauge", "Population stability index of each statistic.")
            lines += [f'{PREFIX}stability_index{{statistic="{name}"}} {value:.6g}' for name, value in indices.items()]
        return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")

    def _lines(self, sums: Sequence[float]) -> Iterator[str]:
        for (name, said), value in zip(_COUNTERS.items(), sums, strict=False):
            yield from _head(f"{name}_total", "counter", said)
            yield f"{PREFIX}{name}_total {value:.17g}"
        seconds, *rest = sums[len(_COUNTERS) :]
        counts, labels = list(accumulate(rest[: len(BUCKETS) + 1])), rest[len(BUCKETS) + 1 :]
        yield from _head("latency_seconds", "histogram", "From the whole request to its answer.")
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
            yield f'{PREFIX}latency_seconds_bucket{{le="{bound}"}} {count:.0f}'
        yield f"{PREFIX}latency_seconds_sum {seconds:.17g}"
        yield f"{PREFIX}latency_seconds_count {counts[-1]:.0f}"
        if labels:
            yield from _head("predictions_total", "counter", "Records for which the model predicts a label.")
        for label, count in zip(self._labels, labels, strict=True):
            yield f'{PREFIX}predictions_total{{label="{_escaped(label)}"}} {count:.0f}'


def _head(name: str, kind: str, said: str) -> list[str]:
    return [f"# HELP {PREFIX}{name} {said}", f"# TYPE {PREFIX}{name} {kind}"]


def _escaped(label: str) -> str:
    r"""The value of a label as the format writes it.

    Example:
        >>> print(_escaped('a "film"' + chr(10)))
        a \"film\"\n
    """
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
