"""The hyperparameters of a tuning job's training jobs: drawn at random from ranges, or every point of a grid."""

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
Draw = Callable[[random.Random], str]


@dataclass(frozen=True)
class Ranges:
    """The ranges of a ParameterRanges structure, checked."""

    draws: Mapping[str, Draw]
    categories: Mapping[str, Sequence[str]]

    @property
    def names(self) -> list[str]:
        """The hyperparameters that vary."""
        return [*self.draws, *self.categories]

    def at_random(self, seed: int | None) -> Iterator[Values]:
        """Yield combinations without end; the same ones for the same seed."""
        generator = random.Random(seed)  # noqa: S311 (a search, not a secret)
        while True:
            yield {
                **{name: draw(generator) for name, draw in self.draws.items()},
                **{name: generator.choice(values) for name, values in self.categories.items()},
            }

    def grid(self) -> Iterator[Values]:
        """Return all combinations, `points` of them. Raises EmulatorError unless all ranges are categorical."""
        if self.draws:
            raise EmulatorError(f"Grid takes only categorical ranges: {next(iter(self.draws))} is not categorical")
        combinations = itertools.product(*self.categories.values())
        return (dict(zip(self.categories, values, strict=True)) for values in combinations)

    @property
    def points(self) -> int:
        """How many combinations the categories have."""
        return math.prod(len(values) for values in self.categories.values())


def read(described: Mapping[str, Any]) -> Ranges:
    """Return the ranges of a ParameterRanges structure. Raises EmulatorError that names the range which is wrong."""
    draws: dict[str, Draw] = {}
    for integer, kind in ((True, "IntegerParameterRanges"), (False, "ContinuousParameterRanges")):
        for each in described.get(kind, []):
            draws[each["Name"]] = _draw(each, integer)
    categories = {each["Name"]: each["Values"] for each in described.get("CategoricalParameterRanges", [])}
    ranges = Ranges(draws, categories)
    if not ranges.names:
        raise EmulatorError("ParameterRanges names no hyperparameter: a tuning job needs one that varies")
    count = sum(len(described.get(kind, [])) for kind in described)
    if len(set(ranges.names)) < count:
        raise EmulatorError("ParameterRanges names a hyperparameter more than once: give each one range")
    return ranges


def _draw(described: Mapping[str, str], integer: bool) -> Draw:
    """What draws a value of a range. Integers are drawn from bounds half a step wider, so that both ends are fair."""
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
    there, back = _SCALES[scale]
    margin = 0.5 if integer else 0.0
    start, end = there(low - margin), there(high + margin)

    def draw(generator: random.Random) -> str:
        value = min(max(back(generator.uniform(start, end)), low), high)
        return str(min(max(round(value), int(low)), int(high))) if integer else repr(value)

    return draw


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
