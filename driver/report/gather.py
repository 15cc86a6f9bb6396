"""What there is to know of a job: its description, what it left in S3, the end of its log. Draws nothing."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driver.aws import logs, resources
from driver.aws.target import Target
from driver.lifecycle import archive
from driver.report import schema

EVALUATION = "evaluation.json"
LINES = 40
"""Of the log of a job that did not complete."""


@dataclass(frozen=True)
class Job:
    """A training job. `evaluation` is its evaluation.json, empty where it left none; `note` says why."""

    name: str
    description: Mapping[str, Any]
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    log: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """As SageMaker says it."""
        return str(self.description["TrainingJobStatus"])

    @property
    def metrics(self) -> dict[str, float | None]:
        """Each metric's last value: those of metrics.json, else those that SageMaker read from the log."""
        if self.evaluation:
            return dict(self.evaluation["metrics"]["latest"])
        return {each["MetricName"]: each["Value"] for each in self.description.get("FinalMetricDataList", [])}

    @property
    def image(self) -> str:
        """Its name, and its version where the job left it."""
        if self.evaluation:
            return f"{self.evaluation['image']['name']} {self.evaluation['image']['version']}"
        return str(self.description.get("AlgorithmSpecification", {}).get("TrainingImage", "unknown"))


@dataclass(frozen=True)
class Search:
    """A tuning job: its description, what is listed of its training jobs, and the best of these."""

    name: str
    description: Mapping[str, Any]
    trials: list[dict[str, Any]]
    best: Job | None


def gather(target: Target, name: str, kind: str | None) -> Job | Search:
    """Return all there is of a training or tuning job. Raises DriverError, NotFoundError when there is none."""
    kinds = [each for each in (resources.TRAINING, resources.TUNING) if kind in (None, each.flag)]
    found, description = resources.describe_one(target, name, kinds)
    if found is resources.TRAINING:
        return training(target, name, description)
    best = description.get("BestTrainingJob", {}).get("TrainingJobName")
    described = best and resources.describe(target, resources.TRAINING, best)
    return Search(
        name, description, resources.trials(target, name), training(target, best, described) if described else None
    )


def training(target: Target, name: str, description: Mapping[str, Any]) -> Job:
    """Return what there is of a training job, whether it is done or not. Raises DriverError when AWS refuses."""
    content = archive.read(target, description, [EVALUATION]).get(EVALUATION)
    evaluation, note = parse(content, str(description["TrainingJobStatus"]))
    return Job(name, description, evaluation, note, () if evaluation else _log(target, name))


def parse(content: bytes | None, status: str) -> tuple[dict[str, Any], str]:
    """Return the document and why it is empty: a sentence, or nothing.

    Example:
        >>> parse(b"[]", "Completed")[1]
        'evaluation.json cannot be shown (it is []): this report shows what SageMaker knows of the job'
    """
    known = "this report shows what SageMaker knows of the job"
    if content is None:
        reason = "its image does not write one" if status == "Completed" else f"the job is {status}"
        return {}, f"The job left no {EVALUATION} ({reason}): {known}"
    try:
        return schema.parse(content), ""
    except schema.FormError as error:
        return {}, f"{EVALUATION} cannot be shown ({error}): {known}"


def _log(target: Target, name: str) -> tuple[str, ...]:
    tail = logs.tail(target, resources.TRAINING, name)
    lines = (text for line in tail.lines() for text in line.lines()) if tail else ()
    return tuple(deque(lines, LINES))
