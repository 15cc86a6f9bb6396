"""The ranges of a tuning job's hyperparameters: drawn from at random, or gone through as a grid."""

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from emulator.errors import EmulatorError

AUTO_RATIO = 100  # from this ratio of the bounds on, Auto is logarithmic; below, linear

Values = dict[str, str]


@dataclass(frozen=True)
class Scale:
    """A range of numbers from `low` to `high`; `there` gives a number's position on its scale, `back` the number."""

    low: float
    high: float
    integer: bool
    there: Callable[[float], float]
    back: Callable[[float], float]

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last position. Those of integers are half a step wider, so that both ends are fair."""
        margin = 0.5 if self.integer else 0.0
        return self.there(self.low - margin), self.there(self.high + margin)

    def value(self, position: float) -> str:
        """Return the value at a position."""
        number = min(max(self.back(position), self.low), self.high)
        return str(min(max(round(number), int(self.low)), int(self.high))) if self.integer else repr(number)

    def position(self, value: str) -> float | None:
        """Return the position of a value; None when it is not in the range."""
        try:
            number = float(value)
        except ValueError:
            return None
        start, end = self.ends
        return min(max(self.there(number), start), end) if self.low <= number <= self.high else None


@dataclass(frozen=True)
class Ranges:
    """The ranges of a ParameterRanges structure, checked."""

    scales: Mapping[str, Scale]
    categories: Mapping[str, Sequence[str]]

    @property
    def names(self) -> list[str]:
        """The hyperparameters that vary."""
        return [*self.scales, *self.categories]

    def at_random(self, seed: int | None) -> Iterator[Values]:
        """Yield combinations without end; the same ones for the same seed."""
        generator = random.Random(seed)  # noqa: S311 (a search, not a secret)
        while True:
            yield {
                **{name: scale.value(generator.uniform(*scale.ends)) for name, scale in self.scales.items()},
                **{name: generator.choice(values) for name, values in self.categories.items()},
            }

    def grid(self) -> Iterator[Values]:
        """Return all combinations, `points` of them. Raises EmulatorError unless all ranges are categorical."""
        if self.scales:
            raise EmulatorError(f"Grid takes only categorical ranges: {next(iter(self.scales))} is not categorical")
        combinations = itertools.product(*self.categories.values())
        return (dict(zip(self.categories, values, strict=True)) for values in combinations)

    @property
    def points(self) -> int:
        """How many combinations the categories have."""
        return math.prod(len(values) for values in self.categories.values())


def read(described: Mapping[str, Any]) -> Ranges:
    """Return the ranges of a ParameterRanges structure. Raises EmulatorError that names the range which is wrong."""
    scales: dict[str, Scale] = {}
    for integer, kind in ((True, "IntegerParameterRanges"), (False, "ContinuousParameterRanges")):
        for each in described.get(kind, []):
            scales[each["Name"]] = _scale(each, integer)
    categories = {each["Name"]: each["Values"] for each in described.get("CategoricalParameterRanges", [])}
    ranges = Ranges(scales, categories)
    if not ranges.names:
        raise EmulatorError("ParameterRanges names no hyperparameter: a tuning job needs one that varies")
    count = sum(len(described.get(kind, [])) for kind in described)
    if len(set(ranges.names)) < count:
        raise EmulatorError("ParameterRanges names a hyperparameter more than once: give each one range")
    return ranges


def _scale(described: Mapping[str, str], integer: bool) -> Scale:
    name, scale = described["Name"], described.get("ScalingType", "Auto")
    low, high = (_number(name, described[bound], integer) for bound in ("MinValue", "MaxValue"))
    if low > high:
        raise EmulatorError(f"the range of {name} is from {low} to {high}: MinValue must not be above MaxValue")
    if scale == "Auto":
        scale = "Logarithmic" if low > 0 and high / low >= AUTO_RATIO else "Linear"
    if scale == "Logarithmic" and low <= 0:
        raise EmulatorError(f"the range of {name} is Logarithmic, so MinValue must be above 0, not {low}")
    if scale == "ReverseLogarithmic" and (integer or not 0 <= low <= high < 1):
        raise EmulatorError(f"the range of {name} is ReverseLogarithmic: that is for continuous ones within 0 <= x < 1")
    return Scale(low, high, integer, *_SCALES[scale])


def _identity(value: float) -> float:
    return value


def _reverse_logarithm(value: float) -> float:
    return -math.log1p(-value)


def _reverse_exponential(value: float) -> float:
    return -math.expm1(-value)


_SCALES: Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]] = MappingProxyType({
    "Linear": (_identity, _identity),
    "Logarithmic": (math.log, math.exp),
    "ReverseLogarithmic": (_reverse_logarithm, _reverse_exponential),
})  # fmt: skip


def _number(name: str, text: str, integer: bool) -> float:
    try:
        value = int(text) if integer else float(text)
        if not math.isfinite(value):
            raise ValueError
    except ValueError:
        raise EmulatorError(f"the range of {name} has the bound {text!r}: give a number") from None
    return value
