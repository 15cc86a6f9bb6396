"""Metrics with their times, as CloudWatch keeps them: what training jobs report, and what endpoints answered."""

import json
import math
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from emulator.state.database import Database, DatabaseError

TRAINING_JOBS = "/aws/sagemaker/TrainingJobs"  # a namespace
JOB = "TrainingJobName"  # its dimension
MAX_PENDING = 10_000  # events that are not in the database yet

Dimensions = Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """What a series of values is called: `dimensions` are its names and values, as JSON."""

    namespace: str
    name: str
    dimensions: str

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Dimensions) -> "Metric":
        """Return the metric with these dimensions, in whatever order they come."""
        return cls(namespace, name, json.dumps(dimensions, sort_keys=True))


@dataclass(frozen=True)
class Datum:
    """One value, or what is left of several of one time: `time` in seconds since 1970."""

    time: float
    total: float
    minimum: float
    maximum: float
    count: int = 1
    unit: str = "None"

    @classmethod
    def of(cls, time: float, value: float, unit: str = "None") -> "Datum":
        """Return the datum of one value."""
        return cls(time, value, value, value, unit=unit)

    def joined(self, other: "Datum") -> "Datum":
        """Return both as one, at the time of this one."""
        least, most = min(self.minimum, other.minimum), max(self.maximum, other.maximum)
        return replace(
            self, total=self.total + other.total, minimum=least, maximum=most, count=self.count + other.count
        )


@dataclass(frozen=True, eq=False)
class Event:
    """What gives a value to each of several metrics whenever it happens; `units` are theirs."""

    metrics: tuple[Metric, ...]
    units: tuple[str, ...]

    def data(self, time: float, values: Iterable[tuple[float, ...]]) -> Iterator[tuple[Metric, Datum]]:
        """Return a datum for each metric, of the values that it had each time."""
        for metric, unit, column in zip(self.metrics, self.units, zip(*values, strict=True), strict=True):
            yield metric, Datum(time, sum(column), min(column), max(column), len(column), unit)


class Metrics:
    """Data that survive the process. Threads may share it.

    What `count` is given is in the database only when it is read, when there is much of it, and when `flush` is called:
    requests to endpoints do not wait for the disk.
    """

    def __init__(self, database: Database):
        self._database = database
        self._lock = threading.Lock()
        self._pending: dict[tuple[Event, int], list[tuple[float, ...]]] = {}
        self._events = 0
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS metrics (number INTEGER PRIMARY KEY, namespace TEXT NOT NULL, "
                "name TEXT NOT NULL, dimensions TEXT NOT NULL, time REAL NOT NULL, total REAL NOT NULL, "
                "minimum REAL NOT NULL, maximum REAL NOT NULL, count INTEGER NOT NULL, unit TEXT NOT NULL)"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS metric ON metrics (namespace, name, dimensions, time)")

    def add(self, data: Iterable[tuple[Metric, Datum]]) -> None:
        """Keep data. CloudWatch has no value that is not finite: such ones are left out."""
        rows = [
            (
                each.namespace,
                each.name,
                each.dimensions,
                one.time,
                one.total,
                one.minimum,
                one.maximum,
                one.count,
                one.unit,
            )
            for each, one in data
            if math.isfinite(one.total)
        ]
        if rows:
            with self._database.transaction() as connection:
                connection.executemany(
                    "INSERT INTO metrics (namespace, name, dimensions, time, total, minimum, maximum, count, unit) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )

    def count(self, event: Event, time: float, values: tuple[float, ...]) -> None:
        """Keep the values of an event for the time being; those of one second become one."""
        with self._lock:
            self._pending.setdefault((event, int(time)), []).append(values)
            self._events += 1
            full = self._events >= MAX_PENDING
        if full:
            with suppress(DatabaseError):  # a full disk: what an endpoint has answered counts for more
                self.flush()

    def flush(self) -> None:
        """Put what was counted into the database."""
        with self._lock:
            pending, self._pending, self._events = self._pending, {}, 0
        self.add(datum for (event, second), values in pending.items() for datum in event.data(second, values))

    def find(self, metric: Metric, start: float = 0, end: float = math.inf) -> list[Datum]:
        """Return the data of a metric from `start` on and before `end`, in the order of their times."""
        self.flush()
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT time, total, minimum, maximum, count, unit FROM metrics WHERE namespace = ? AND name = ? AND "
                "dimensions = ? AND time >= ? AND time < ? ORDER BY time, number",
                (metric.namespace, metric.name, metric.dimensions, start, end),
            )
            return [Datum(*row) for row in rows]

    def all(self) -> list[Metric]:
        """Return every metric that has data."""
        self.flush()
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT DISTINCT namespace, name, dimensions FROM metrics ORDER BY 1, 2, 3")
            return [Metric(*row) for row in rows]


def of_job(job: str, name: str) -> Metric:
    """Return the metric of that name of a training job."""
    return Metric.of(TRAINING_JOBS, name, {JOB: job})
