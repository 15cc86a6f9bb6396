"""What a server measures of its requests, as metrics and as drift. Answers no request."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from smcontract.manifest import Model
from smcontract.monitoring.baseline import Baseline
from smcontract.monitoring.emf import EmbeddedMetrics
from smcontract.monitoring.rows import Measured, Meter
from smcontract.monitoring.tally import Tally
from smcontract.monitoring.window import Window

MOST_BYTES = 1000  # of the names of labels that have a metric: a line of log should be written in one piece
LABEL = "Label."

log = logging.getLogger(__name__)


class Monitor:
    """Of one model. One request at a time is predicted for; others may be refused meanwhile.

    `embedded` writes metrics into the log, `tally` counts them, each if there is one. Raises UserError when the
    baseline in the model's manifest is malformed.
    """

    def __init__(self, model: Model, embedded: EmbeddedMetrics | None, tally: Tally | None) -> None:
        labels = model.manifest.labels
        baseline = Baseline.from_json(model.manifest.baseline)
        self._embedded, self.tally = embedded, tally
        self._meter = Meter.of(baseline) if baseline else Meter(labels, b"")
        self._window = Window(baseline) if baseline else None
        self._names = _metric_names(labels)
        self._parts: list[Measured] = []
        if not baseline:
            log.info("the model's manifest has no baseline, so unknown words and drift are not measured")

    def begin(self) -> None:
        """Begin a request: what was measured before is not of it."""
        self._parts = []

    def add(self, records: Sequence[Any], predictions: Sequence[Mapping[str, Any]]) -> None:
        """Measure part of the request."""
        self._parts.append(self._meter.measure(records, predictions))
        if self._window:
            self._window.add(self._parts[-1].rows)

    def answered(self, began: float, ms: float, line: str) -> str:
        """Measure the request, which is answered; return its line of log, with its metrics."""
        if self.tally:
            self.tally.add(ms, self._parts, failed=False)
        if not self._embedded:
            return line
        return self._embedded.line(began, {"Requests": 1, "Errors": 0, "Latency": ms, **self._figures()}, line)

    def refused(self, began: float, ms: float, line: str) -> str:
        """Measure a request that is refused; return its line of log, with its metrics."""
        if self.tally:
            self.tally.add(ms, (), failed=True)
        if not self._embedded:
            return line
        return self._embedded.line(began, {"Requests": 1, "Errors": 1, "Latency": ms}, line)

    def render(self) -> bytes:
        """Return what has been counted, as Prometheus reads it; nothing if nothing is."""
        if not self.tally:
            return b""
        window = self._window
        return self.tally.render(window.drift() if window else None, window.indices() if window else {})

    def _figures(self) -> dict[str, float]:
        """What there is to say of the request's records."""
        found: dict[str, float] = {"Records": sum(len(part.rows) for part in self._parts)}
        labels = [sum(part.labels[label] for part in self._parts) for label in self._names]
        if predicted := sum(part.predicted for part in self._parts):
            found["MeanConfidence"] = sum(part.confidence for part in self._parts) / predicted
            found |= {name: count / predicted for name, count in zip(self._names.values(), labels, strict=True)}
        if words := sum(part.words for part in self._parts):
            found["UnknownWords"] = sum(part.unknown for part in self._parts) / words
        if self._window and (drift := self._window.drift()) is not None:
            found["Drift"] = drift
        return found


class Observed:
    """A model whose predictions a monitor measures; in all else the model itself."""

    def __init__(self, model: Model, monitor: Monitor) -> None:
        self._model, self._monitor = model, monitor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def predict(self, records: Sequence[Any], *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        """Predict as the model does."""
        predictions = self._model.predict(records, *arguments, **options)
        self._monitor.add(records, predictions)
        return predictions


def _metric_names(labels: Sequence[str]) -> dict[str, str]:
    """The metric of each label, for as many labels as there is room for. CloudWatch takes names in ASCII."""
    names: dict[str, str] = {}
    for label in labels:
        name = LABEL + label.encode("ascii", "backslashreplace").decode()
        if not name.isprintable() or sum(map(len, names.values())) + len(name) > MOST_BYTES:
            log.info("not all labels have a metric: %d of %d", len(names), len(labels))
            break
        names[label] = name
    return names
