"""Metrics read from a training log by regular expressions, as SageMaker reads them."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.errors import EmulatorError
from emulator.state.metrics import Datum, Metrics, of_job
from emulator.training.job import MetricDefinition


@dataclass(frozen=True)
class MetricData:
    """One value found; `timestamp` in seconds since 1970."""

    metric_name: str
    value: float
    timestamp: float


class MetricReader:
    """Call it with every line of the logs, from any thread; `values` holds what it found, in order."""

    def __init__(self, definitions: Iterable[MetricDefinition]):
        self.values: list[MetricData] = []
        self._patterns = [(definition.name, _compile(definition)) for definition in definitions]
        self._sent = 0

    def __call__(self, line: str) -> None:
        """Remember the numbers in the line."""
        for name, pattern in self._patterns:
            for match in pattern.finditer(line):
                try:
                    self.values.append(MetricData(name, float(match[1]), time.time()))
                except (TypeError, ValueError):  # the group matched nothing, or no number: the service drops it too
                    continue

    def send(self, metrics: Metrics, job: str) -> None:
        """Put the values that have come since the last time among the metrics of a job; from one thread alone."""
        new = self.values[self._sent :]
        self._sent += len(new)
        metrics.add((of_job(job, each.metric_name), Datum.of(each.timestamp, each.value)) for each in new)

    @property
    def final(self) -> tuple[MetricData, ...]:
        """The last value of every metric seen, in the order of the definitions (FinalMetricDataList)."""
        last = {value.metric_name: value for value in self.values}
        return tuple(last[name] for name, _ in self._patterns if name in last)


def _compile(definition: MetricDefinition) -> re.Pattern[str]:
    try:
        pattern = re.compile(definition.regex)
    except re.error as error:
        raise EmulatorError(f"the regex of metric {definition.name!r} is invalid: {error}") from error
    if not pattern.groups:
        raise EmulatorError(f"the regex of metric {definition.name!r} has no group: put the number in parentheses")
    return pattern
