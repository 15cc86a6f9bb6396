"""What CloudWatch says of the data of a metric: a statistic for each period. Pure functions."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from emulator.api.errors import ApiError
from emulator.state.metrics import Datum

SHORT_PERIODS = (1, 5, 10, 20, 30)  # in seconds; others are multiples of a minute
STATISTICS: Mapping[str, Callable[[Datum], float]] = MappingProxyType({
    "SampleCount": lambda datum: float(datum.count),
    "Average": lambda datum: datum.total / datum.count,
    "Sum": lambda datum: datum.total,
    "Minimum": lambda datum: datum.minimum,
    "Maximum": lambda datum: datum.maximum,
})  # fmt: skip


def check_period(period: int) -> None:
    """Raise ApiError for a period that CloudWatch does not have."""
    if period not in SHORT_PERIODS and period % 60:
        allowed = ", ".join(map(str, SHORT_PERIODS))
        raise ApiError("InvalidParameterValue", f"Period is {period}: give {allowed}, or a multiple of 60")


def by_period(data: Iterable[Datum], period: int) -> dict[int, Datum]:
    """Return the data of each period as one, by the time at which the period begins.

    Example:
        >>> found = by_period([Datum.of(61, 1.0), Datum.of(119, 3.0), Datum.of(120, 5.0)], 60)
        >>> {begin: (each.count, each.total) for begin, each in found.items()}
        {60: (2, 4.0), 120: (1, 5.0)}
    """
    found: dict[int, Datum] = {}
    for datum in data:
        begin = int(datum.time // period * period)
        found[begin] = found[begin].joined(datum) if begin in found else datum
    return found


def value(statistic: str, datum: Datum) -> float:
    """Return a statistic. Raises ApiError for one that is not kept, such as a percentile."""
    if statistic not in STATISTICS:
        raise ApiError(
            "InvalidParameterValue",
            f"The statistic {statistic} is not supported by the emulator: use {', '.join(STATISTICS)}",
        )
    return STATISTICS[statistic](datum)


def of_unit(data: Iterable[Datum], asked: Mapping[str, str]) -> list[Datum]:
    """Return the data that have the unit which is asked for, if one is."""
    return [datum for datum in data if asked.get("Unit", datum.unit) == datum.unit]
