"""What the API says of a tuning job's training jobs, from their records. Pure functions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from emulator.state.records import Record

COPIED = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus",
    "FailureReason",
)  # fmt: skip
COUNTED = MappingProxyType({
    "Completed": "Completed", "InProgress": "InProgress", "Stopping": "InProgress", "Failed": "NonRetryableError",
    "Stopped": "Stopped",
})  # fmt: skip

Summary = dict[str, Any]


def summarize(jobs: Iterable[Record], objective: Mapping[str, str], names: Collection[str]) -> list[Summary]:
    """Return the HyperParameterTrainingJobSummary of each job; `names` are the hyperparameters that vary."""
    return [_summarize(job, objective, names) for job in jobs]


def counters(summaries: Sequence[Summary]) -> dict[str, dict[str, int]]:
    """Return TrainingJobStatusCounters and ObjectiveStatusCounters."""
    jobs = Counter(COUNTED[each["TrainingJobStatus"]] for each in summaries)
    objectives = Counter(each["ObjectiveStatus"] for each in summaries)
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {
        "TrainingJobStatusCounters": {kind: jobs[kind] for kind in kinds},
        "ObjectiveStatusCounters": {kind: objectives[kind] for kind in ("Succeeded", "Pending", "Failed")},
    }


def best(summaries: Iterable[Summary], objective: Mapping[str, str]) -> Summary | None:
    """Return the training job with the best objective; the earliest of equals, None when none has one."""
    found = [each for each in summaries if each["ObjectiveStatus"] == "Succeeded"]
    sign = 1 if objective["Type"] == "Maximize" else -1
    return max(found, key=lambda each: sign * value(each), default=None)


def value(summary: Summary) -> float:
    """Return the final objective of a training job that has one."""
    found: float = summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return found


def _summarize(job: Record, objective: Mapping[str, str], names: Collection[str]) -> Summary:
    metric = {each["MetricName"]: each["Value"] for each in job.get("FinalMetricDataList", [])}
    found = metric.get(objective["MetricName"])
    ended, failed = job["TrainingJobStatus"] in ("Completed", "Stopped"), job["TrainingJobStatus"] == "Failed"
    summary = {name: job[name] for name in COPIED if name in job}
    summary["TunedHyperParameters"] = {name: job["HyperParameters"][name] for name in names}
    summary["ObjectiveStatus"] = "Pending"
    if failed or (ended and found is None):
        summary["ObjectiveStatus"] = "Failed"
    elif ended:
        summary["ObjectiveStatus"] = "Succeeded"
        summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
            "Type": objective["Type"],
            "MetricName": objective["MetricName"],
            "Value": found,
        }
    return summary
