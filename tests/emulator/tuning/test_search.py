"""What strategies suggest, told the results of a known function: Branin's, whose least value is 0.398."""

import math
from collections.abc import Mapping
from statistics import fmean
from typing import Any

import pytest

from emulator.errors import EmulatorError
from emulator.tuning import search
from emulator.tuning.search import Search

RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "x", "MinValue": "-5", "MaxValue": "10"},
        {"Name": "y", "MinValue": "0", "MaxValue": "15"},
    ]
}
JOBS = 24


def branin(values: Mapping[str, str]) -> float:
    x, y = float(values["x"]), float(values["y"])
    valley = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return valley + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def begin(strategy: str, seed: int | None = None, jobs: int = JOBS, kind: str = "Minimize", **config: Any) -> Search:
    static = config.pop("static", {})
    return search.begin(
        {
            "Strategy": strategy,
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs},
            "ParameterRanges": RANGES,
            "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": "loss"},
            **({} if seed is None else {"RandomSeed": seed}),
            **config,
        },
        static,
    )


def objectives(tried: Search, sign: float = 1) -> list[float]:
    """The values of all training jobs, one after the other."""
    found: list[float] = []
    while values := tried.ask(len(found) + 1):
        found.append(branin(values))
        tried.tell(len(found), sign * found[-1])
    return found


def test_bayesian_search_beats_random_search() -> None:
    seeds = range(6)
    random, bayesian = ([min(objectives(begin(name, seed))) for seed in seeds] for name in ("Random", "Bayesian"))
    assert fmean(bayesian) < 1.2 < 2 * fmean(bayesian) < fmean(random)
    assert sum(mine < other for mine, other in zip(bayesian, random, strict=True)) >= 5


def test_bayesian_search_maximizes() -> None:
    assert objectives(begin("Bayesian", 1, kind="Maximize"), -1) == objectives(begin("Bayesian", 1))


@pytest.mark.parametrize("strategy", ["Bayesian", "Hyperband"])
def test_the_same_seed_suggests_the_same(strategy: str) -> None:
    config = {"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}}}
    first, again, other = (begin(strategy, seed, jobs=3, **config).ask(1) for seed in (1, 1, 2))
    assert first == again != other


def test_training_jobs_that_run_or_failed_do_not_stop_the_search() -> None:
    tried = begin("Bayesian", 1, jobs=8)
    together = [tried.ask(number) for number in range(1, 5)]
    assert len({str(values) for values in together}) == 4
    for number in range(1, 4):
        tried.tell(number, None if number == 2 else float(number))
    assert all(tried.ask(number) for number in range(5, 9))
    assert tried.ask(9) is None


def test_what_a_parent_found_is_where_the_search_goes_on() -> None:
    tried, cold = (begin("Bayesian", 3, jobs=6) for _ in range(2))
    parent = begin("Random", 1, jobs=60)
    for number in range(1, 61):
        values = parent.ask(number)
        assert values is not None
        tried.learn({**values, "static": "1"}, branin(values))
        tried.learn({**values, "x": "11"}, -1000.0)  # outside of the range
        tried.learn({"x": values["x"]}, -1000.0)
    assert fmean(objectives(tried)) < 15 < fmean(objectives(cold))


def test_integers_and_categories_are_suggested_within_their_ranges() -> None:
    ranges = {
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "1000", "ScalingType": "Logarithmic"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
    }
    tried = begin("Bayesian", 1, jobs=12, ParameterRanges=ranges)
    tried.learn({"n": "1000", "c": "b"}, 0.0)
    tried.learn({"n": "1000", "c": "gone"}, 0.0)
    for number in range(1, 13):
        values = tried.ask(number)
        assert values is not None
        assert 1 <= int(values["n"]) <= 1000
        assert values["c"] in ("a", "b")
        tried.tell(number, abs(math.log(int(values["n"]) / 100)))


def test_hyperband_ends_what_does_worse_than_others_and_what_has_run_its_rounds() -> None:
    config = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}}
    tried = begin("Hyperband", 1, jobs=30, **config)
    rounds = {}
    for number in range(1, 31):  # the objective is the number: each does worse than those before
        assert tried.ask(number)
        reported: list[float] = []
        while not tried.falls_behind(number, reported):
            reported.append(float(number))
        rounds[number] = len(reported)
        tried.tell(number, float(number))
    assert rounds[1] == 10  # more than MaxResource
    assert sorted(rounds.values())[15] <= 3
    assert all(length in (1, 3, 9, 10) for length in rounds.values())


def test_hyperband_takes_the_rounds_of_the_epochs() -> None:
    tried = begin("Hyperband", 1, static={"epochs": '"2"'})
    assert tried.ask(1)
    assert [tried.falls_behind(1, [1.0] * rounds) for rounds in (1, 2, 3)] == [False, False, True]


@pytest.mark.parametrize(
    ("asked", "why"),
    [({}, "needs the number of rounds"), ({"MinResource": 3, "MaxResource": 2}, "must not be below MinResource")],
)
def test_hyperband_without_rounds(asked: dict[str, int], why: str) -> None:
    with pytest.raises(EmulatorError, match=why):
        begin("Hyperband", StrategyConfig={"HyperbandStrategyConfig": asked})
