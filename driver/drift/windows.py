"""Records in the order of their times, in windows of one size, each compared with the baseline."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from driver.drift.baseline import Baseline, Figures
from driver.drift.capture import Captured
from driver.errors import DriverError

METRIC, LABEL = "_aws", "Label."
"""How a line of log with metrics is known, and how the metric of a label's share begins."""


@dataclass(frozen=True)
class Window:
    """Records that are compared at once: their times, their numbers, and the index of each statistic.

    `ratios` are the indices divided by their thresholds; `drift` is the largest of them, None where it is not known.
    """

    first: datetime
    last: datetime
    records: int
    unknown_words: float | None
    confidence: float | None
    label_shares: Mapping[str, float]
    drift: float | None
    indices: Mapping[str, float] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    figures: Figures | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether it is further from the baseline than chance explains."""
        return self.drift is not None and self.drift >= 1

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "From": self.first, "To": self.last, "Records": self.records, "Alarm": self.is_alarm, "Drift": self.drift,
            "Indices": dict(self.indices), "Ratios": dict(self.ratios), "UnknownWords": self.unknown_words,
            "MeanConfidence": self.confidence, "LabelShares": dict(self.label_shares),
        }  # fmt: skip


def of_captured(captured: Sequence[Captured], baseline: Baseline) -> list[Window]:
    """Return the windows of records that are in the order of their times.

    The last one ends with the last record, and shares records with the one before where there are not enough for
    another. Raises DriverError when there are not enough for one.
    """
    size = baseline.window
    if len(captured) < size:
        raise DriverError(
            f"there are {len(captured):,} records, and {size:,} are compared at once: wait for more, or name the "
            "folder of a longer time"
        )
    ends = [*range(size, len(captured), size), len(captured)]
    return [_compared(captured[end - size : end], baseline) for end in ends]


def _compared(part: Sequence[Captured], baseline: Baseline) -> Window:
    figures = baseline.measure([each.record for each in part])
    indices = baseline.indices(figures)
    ratios = baseline.ratios(indices)
    return Window(
        part[0].time, part[-1].time, len(part), figures.unknown_words, figures.confidence, figures.label_shares,
        max(ratios.values(), default=None), indices, ratios, figures,
    )  # fmt: skip


def of_lines(lines: Sequence[str], size: int, since: datetime | None) -> list[Window]:
    """Return the windows of an endpoint's log with metrics: `size` records or more each, drift as the server saw it.

    Raises DriverError when no line has metrics.
    """
    events = sorted(_events(lines), key=lambda event: event["_aws"]["Timestamp"])
    events = [event for event in events if since is None or _time(event) >= since]
    if not events:
        raise DriverError(
            "no line of the log has metrics of records: deploy the model with --environment SAGEMAKER_METRICS=emf"
        )
    found, part, count = [], [], 0
    for event in events:
        part.append(event)
        count += event["Records"]
        if count >= size or event is events[-1]:
            found.append(_summed(part, count))
            part, count = [], 0
    return found


def _events(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and METRIC in event and event.get("Records"):
            yield event


def _time(event: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(event["_aws"]["Timestamp"] / 1000, UTC)


def _summed(events: Sequence[Mapping[str, Any]], records: int) -> Window:
    def mean(name: str) -> float | None:
        having = [event for event in events if name in event]
        weight = sum(event["Records"] for event in having)
        return sum(event[name] * event["Records"] for event in having) / weight if weight else None

    names = sorted({name for event in events for name in event if name.startswith(LABEL)})
    shares = {name.removeprefix(LABEL): mean(name) or 0.0 for name in names}
    drift = max((event["Drift"] for event in events if "Drift" in event), default=None)
    return Window(
        _time(events[0]), _time(events[-1]), records, mean("UnknownWords"), mean("MeanConfidence"), shares, drift
    )
