"""Metrics are read from lines by regular expressions."""

import pytest

from emulator.errors import EmulatorError
from emulator.training.job import MetricDefinition
from emulator.training.metrics import MetricReader

ACCURACY = MetricDefinition("validation:accuracy", r"validation:accuracy=([^;]*);")
LOSS = MetricDefinition("train:loss", r"loss=(-?\d+(?:\.\d+)?(?:e-?\d+)?)")


def read(*lines: str) -> MetricReader:
    reader = MetricReader([ACCURACY, LOSS])
    for line in lines:
        reader(line)
    return reader


def test_every_value_is_kept_and_the_last_is_final() -> None:
    reader = read("epoch=1; validation:accuracy=0.5;", "nothing", "epoch=2; validation:accuracy=0.75; loss=1e-3")
    assert [(value.metric_name, value.value) for value in reader.values] == [
        ("validation:accuracy", 0.5), ("validation:accuracy", 0.75), ("train:loss", 0.001),
    ]  # fmt: skip
    assert [(value.metric_name, value.value) for value in reader.final] == [
        ("validation:accuracy", 0.75),
        ("train:loss", 0.001),
    ]


def test_values_carry_the_time_they_were_seen() -> None:
    first, second = read("loss=1", "loss=2").values
    assert 1_700_000_000 < first.timestamp <= second.timestamp


def test_several_values_on_a_line() -> None:
    assert [value.value for value in read("loss=1 loss=2").values] == [1, 2]


def test_what_is_no_number_is_dropped() -> None:
    assert read("validation:accuracy=high;", "validation:accuracy=;").values == []


def test_a_metric_never_seen_has_no_final_value() -> None:
    assert read().final == ()


@pytest.mark.parametrize(("regex", "why"), [("accuracy=(", "is invalid"), ("accuracy=.*", "has no group")])
def test_a_regex_that_cannot_work_is_named(regex: str, why: str) -> None:
    with pytest.raises(EmulatorError, match=f"the regex of metric 'm' {why}"):
        MetricReader([MetricDefinition("m", regex)])
