"""When a training job is stopped before its end, and when a tuning job has done enough. Pure functions."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from emulator.tuning import summaries
from emulator.tuning.summaries import Summary


def worse_than_median(reported: Sequence[float], completed: Sequence[Sequence[float]], maximize: bool) -> bool:
    """Whether the objective of a training job's last round is worse than those before it had by then, on the median.

    That is AWS's rule: of each completed training job counts the mean of its values up to the same round.

    Example:
        >>> worse_than_median([0.9, 0.8], [[0.7, 0.5, 0.1], [0.9, 0.6, 0.5]], maximize=False)
        True
        >>> worse_than_median([0.9, 0.6], [[0.7, 0.5, 0.1], [0.9, 0.6, 0.5]], maximize=False)
        False
    """
    last = len(reported)
    averages = [fmean(values[:last]) for values in completed if len(values) >= last > 0]
    if not averages:
        return False
    middle = median(averages)
    return reported[-1] < middle if maximize else reported[-1] > middle


def not_improving(jobs: Sequence[Summary], objective: Mapping[str, str]) -> int:
    """Return how many training jobs have ended since the best one."""
    ended = sorted(
        (job for job in jobs if job["ObjectiveStatus"] == "Succeeded"), key=lambda job: job["TrainingEndTime"]
    )
    best = summaries.best(ended, objective)
    return len(ended) - 1 - ended.index(best) if best else 0


def is_enough(jobs: Sequence[Summary], config: Mapping[str, Any]) -> bool:
    """Whether a tuning job's TuningJobCompletionCriteria are met."""
    criteria, objective = config.get("TuningJobCompletionCriteria", {}), config["HyperParameterTuningJobObjective"]
    best, target = summaries.best(jobs, objective), criteria.get("TargetObjectiveMetricValue")
    if best and target is not None:
        reached = summaries.value(best)
        if reached >= target if objective["Type"] == "Maximize" else reached <= target:
            return True
    most = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    return most is not None and not_improving(jobs, objective) >= most
