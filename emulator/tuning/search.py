"""How a tuning job finds the hyperparameters of its training jobs: one class for each kind of strategy."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.tuning import hyperband, ranges
from emulator.tuning.ranges import Ranges, Values

LEAST_AT_RANDOM, MOST_AT_RANDOM = 3, 10
"""Training jobs that Bayesian search begins with before it has a model, at least and at most: else a quarter of all."""


class Search(ABC):
    """Training jobs are known by their numbers, from 1 on."""

    @abstractmethod
    def ask(self, number: int) -> Values | None:
        """Return the hyperparameters of the next training job, or None after the last one."""

    def tell(self, number: int, objective: float | None) -> None:  # noqa: B027 (a strategy may learn nothing)
        """Learn how a training job has ended; None without a result."""

    def learn(self, values: Mapping[str, str], objective: float) -> None:  # noqa: B027
        """Learn from a training job of another tuning job, with all its hyperparameters."""

    def falls_behind(self, number: int, reported: Sequence[float]) -> bool:  # noqa: ARG002
        """Whether a running training job is to be stopped; `reported` is its objective of every round so far."""
        return False


class Listed(Search):
    """Combinations that are known beforehand: those of a grid, or of a random generator."""

    def __init__(self, combinations: Iterator[Values]):
        self._combinations = combinations

    def ask(self, number: int) -> Values | None:  # noqa: ARG002
        """See Search."""
        return next(self._combinations, None)


class Studied(Search):
    """A study of optuna's: its sampler suggests positions on the ranges' scales, its pruner ends training jobs."""

    def __init__(
        self, read: Ranges, maximize: bool, most: int | None, seed: int | None, rounds: tuple[int, int] | None
    ):
        """`most` limits the training jobs; with `rounds`, the least and the most, it is Hyperband."""
        import optuna  # here, since its import takes a second, and most emulators do without

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna, self._ranges, self._most, self._rounds = optuna, read, most, rounds
        self._distributions: dict[str, Any] = {
            **{name: optuna.distributions.FloatDistribution(*scale.ends) for name, scale in read.scales.items()},
            **{name: optuna.distributions.CategoricalDistribution(each) for name, each in read.categories.items()},
        }
        first = min(max((most or MOST_AT_RANDOM) // 4, LEAST_AT_RANDOM), MOST_AT_RANDOM)
        sampler = (
            optuna.samplers.RandomSampler(seed)
            if rounds
            else optuna.samplers.TPESampler(seed=seed, n_startup_trials=first, constant_liar=True)
        )
        # The name of the study decides on Hyperband's brackets, so that with a seed it has to be the same.
        self._study = optuna.create_study(
            sampler=sampler,
            pruner=optuna.pruners.HyperbandPruner(*rounds) if rounds else None,
            direction="maximize" if maximize else "minimize",
            study_name=None if seed is None else str(seed),
        )
        self._trials: dict[int, Any] = {}
        self._seen: dict[int, int] = {}

    def ask(self, number: int) -> Values | None:
        """See Search."""
        if self._most is not None and number > self._most:
            return None
        trial = self._trials[number] = self._study.ask(self._distributions)
        positions = trial.params
        return {
            **{name: scale.value(positions[name]) for name, scale in self._ranges.scales.items()},
            **{name: positions[name] for name in self._ranges.categories},
        }

    def tell(self, number: int, objective: float | None) -> None:
        """See Search."""
        failed = self._optuna.trial.TrialState.FAIL if objective is None else None
        self._study.tell(self._trials.pop(number), objective, state=failed)

    def learn(self, values: Mapping[str, str], objective: float) -> None:
        """See Search. Values outside of the ranges teach nothing."""
        positions: dict[str, Any] = {}
        for name, scale in self._ranges.scales.items():
            positions[name] = scale.position(values[name]) if name in values else None
        for name, categories in self._ranges.categories.items():
            positions[name] = values[name] if values.get(name) in categories else None
        if None not in positions.values():
            trial = self._optuna.trial.create_trial(
                params=positions, distributions=self._distributions, value=objective
            )
            self._study.add_trial(trial)

    def falls_behind(self, number: int, reported: Sequence[float]) -> bool:
        """See Search: optuna's pruner decides at each round."""
        if self._rounds is None:
            return False
        trial, seen = self._trials[number], self._seen.get(number, 0)
        for step in range(seen + 1, len(reported) + 1):
            self._seen[number] = step
            trial.report(reported[step - 1], step)
            if trial.should_prune():
                return True
        return len(reported) > self._rounds[1]


def begin(config: Mapping[str, Any], static: Mapping[str, str]) -> Search:
    """Return the search that a HyperParameterTuningJobConfig asks for. Raises EmulatorError for ranges that are wrong.

    `static` are the hyperparameters that do not vary.
    """
    read = ranges.read(config.get("ParameterRanges", {}))
    if config["Strategy"] == "Grid":
        return Listed(read.grid())
    most, seed = config["ResourceLimits"].get("MaxNumberOfTrainingJobs"), config.get("RandomSeed")
    if config["Strategy"] == "Random":
        return Listed(islice(read.at_random(seed), most))
    rounds = hyperband.rounds(config, static) if config["Strategy"] == "Hyperband" else None
    maximize = config["HyperParameterTuningJobObjective"]["Type"] == "Maximize"
    return Studied(read, maximize, most, seed, rounds)
