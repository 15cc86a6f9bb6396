"""What is drawn from ranges, and on which scale."""

import math
from itertools import islice
from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.tuning import ranges as tuningranges
from emulator.tuning.ranges import Ranges


def one(kind: str, low: str, high: str, scale: str | None = None) -> Ranges:
    described = {"Name": "x", "MinValue": low, "MaxValue": high, **({"ScalingType": scale} if scale else {})}
    return tuningranges.read({f"{kind}ParameterRanges": [described]})


def drawn(ranges: Ranges, count: int = 2000) -> list[str]:
    return [values["x"] for values in islice(ranges.at_random(3), count)]


def test_integers_are_whole_and_every_one_as_likely() -> None:
    found = drawn(one("Integer", "-1", "2", "Linear"))
    assert set(found) == {"-1", "0", "1", "2"}
    assert min(found.count(value) for value in set(found)) > 400


def below(found: list[str], limit: float) -> float:
    """The part of the values below a limit."""
    return sum(float(value) < limit for value in found) / len(found)


@pytest.mark.parametrize(
    ("low", "high", "scale", "middle"),
    [
        ("0", "10", "Linear", 5),
        ("0.001", "10", "Logarithmic", 0.1),
        ("0", "0.99", "ReverseLogarithmic", 0.9),
        ("2", "4", "Auto", 3),
        ("0.001", "10", None, 0.1),
    ],
)
def test_half_of_the_values_are_below_the_middle_of_the_scale(
    low: str, high: str, scale: str | None, middle: float
) -> None:
    found = drawn(one("Continuous", low, high, scale))
    assert all(float(low) <= float(value) <= float(high) for value in found)
    assert math.isclose(below(found, middle), 0.5, abs_tol=0.05)


def test_both_ends_of_a_logarithmic_integer_range_are_reached() -> None:
    found = drawn(one("Integer", "1", "1000", "Logarithmic"), 5000)
    assert {"1", "1000"} <= set(found)
    assert math.isclose(below(found, 32), 0.5, abs_tol=0.1)


def test_a_range_of_one_value() -> None:
    assert set(drawn(one("Integer", "7", "7"), 5)) == {"7"}
    assert set(drawn(one("Continuous", "0.5", "0.5"), 5)) == {"0.5"}


def test_a_grid_is_every_combination() -> None:
    ranges = tuningranges.read(
        {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}, {"Name": "y", "Values": ["a"]}]}
    )
    assert list(ranges.grid()) == [{"x": "1", "y": "a"}, {"x": "2", "y": "a"}]


def test_a_grid_of_any_size_is_counted_at_once() -> None:
    categories = [{"Name": str(number), "Values": ["1", "2"]} for number in range(30)]
    ranges = tuningranges.read({"CategoricalParameterRanges": categories})
    assert ranges.points == 2**30
    assert next(ranges.grid()) == {str(number): "1" for number in range(30)}


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({}, "names no hyperparameter"),
        ({"CategoricalParameterRanges": [{"Name": "x", "Values": ["1"]}] * 2}, "more than once"),
    ],
)
def test_what_is_no_set_of_ranges(described: dict[str, Any], why: str) -> None:
    with pytest.raises(EmulatorError, match=why):
        tuningranges.read(described)


@pytest.mark.parametrize(
    ("kind", "low", "high", "scale", "why"),
    [
        ("Integer", "1.5", "2", None, r"has the bound '1\.5': give a number"),
        ("Continuous", "nan", "2", None, "has the bound 'nan'"),
        ("Continuous", "3", "2", None, r"is from 3\.0 to 2\.0: MinValue must not be above MaxValue"),
        ("Continuous", "0", "2", "Logarithmic", r"MinValue must be above 0, not 0\.0"),
        ("Continuous", "0", "1", "ReverseLogarithmic", "within 0 <= x < 1"),
        ("Integer", "0", "1", "ReverseLogarithmic", "for continuous ones"),
    ],
)
def test_what_is_no_range(kind: str, low: str, high: str, scale: str | None, why: str) -> None:
    with pytest.raises(EmulatorError, match=why):
        one(kind, low, high, scale)
