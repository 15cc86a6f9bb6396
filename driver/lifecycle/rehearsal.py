"""A spot job that loses its host in mid-training, beside one that does not: what differs. Only in the emulator."""

import hashlib
import re
import tarfile
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from driver.aws import logs, resources, s3
from driver.aws.target import Target
from driver.errors import DriverError
from driver.requests.training import Plan, Resources

TAG = "emulator:interrupt"
"""On a running spot job it takes its hosts away: see docs/spot.md."""

CLOSE = 0.003  # what a metric may differ where threads train at once
SECONDS = "CHECKPOINT_SECONDS"  # a variable of our images
_POLL = 0.1
_CHECKPOINT = re.compile(r"/checkpoint-(\d+)-[^/]*$")
_RESUMED = re.compile(r"resuming from (\S+), after step (\d+)")
_VARIES = ("manifest.json",)  # it says when the model was made


@dataclass(frozen=True)
class Comparison:
    """How the interrupted job compares with the undisturbed one, which took `steps` steps. Times in seconds.

    `same` and `different` are the names of the model's files, `metrics` the values of both by name, `resumed` the
    checkpoint and its step.
    """

    steps: int

    same: list[str]
    different: list[str]
    metrics: dict[str, tuple[float, float]]
    resumed: tuple[str, int] | None
    trained: float
    trained_whole: float
    down: float

    @property
    def repeated(self) -> float:
        """Seconds that the interrupted job has trained longer: what was repeated, and the second start."""
        return max(0.0, self.trained - self.trained_whole)

    @property
    def lost(self) -> list[str]:
        """What the interruption has changed; nothing where the job has resumed as it should."""
        far = [name for name, (whole, taken) in self.metrics.items() if abs(whole - taken) > CLOSE]
        sentences = [f"{name} is {self.metrics[name][1]:.4f} instead of {self.metrics[name][0]:.4f}" for name in far]
        return sentences if self.resumed else ["the job began again instead of resuming", *sentences]


def plans(plan: Plan, spot_wait: int) -> tuple[Plan, Plan]:
    """Return the plans of the whole job and of the one that is interrupted: both keep checkpoints, each its own."""
    found = []
    for end in ("whole", "taken"):
        name, place = f"{plan.name}-{end}", f"{plan.folder}-{end}"
        machines: Resources = replace(plan.resources, checkpoint_uri=f"{place}/checkpoints", spot_wait=spot_wait)
        found.append(replace(plan, name=name, folder=place, resources=machines))
    return found[0], found[1]


def steps(target: Target, plan: Plan) -> int:
    """Return the step of a job's newest checkpoint in S3; 0 without one."""
    found = (_CHECKPOINT.search(key) for key in s3.list_keys(target, plan.resources.checkpoint_uri or ""))
    return max((int(match[1]) for match in found if match), default=0)


def interrupt(target: Target, plan: Plan, half: int, after: float | None, how: str) -> None:
    """Take the job's hosts away: when it has trained for some seconds, else when the step `half` is in S3.

    Raises DriverError when it ends before that.
    """
    while True:
        description = resources.describe(target, resources.TRAINING, plan.name)
        if description["TrainingJobStatus"] != "InProgress":
            raise _too_short(description)
        last = description["SecondaryStatusTransitions"][-1]
        if last["Status"] == "Training" and (
            seconds_since(last["StartTime"]) >= after if after is not None else steps(target, plan) >= max(1, half)
        ):
            break
        time.sleep(_POLL)
    parameters = {"ResourceArn": description["TrainingJobArn"], "Tags": [{"Key": TAG, "Value": how}]}
    target.call("sagemaker", "AddTags", parameters, f"take the host of {plan.name} away")


def check_interrupted(description: Mapping[str, Any]) -> None:
    """Raise DriverError when a job had ended before its hosts could be taken away."""
    if all(each["Status"] != "Interrupted" for each in description["SecondaryStatusTransitions"]):
        raise _too_short(description)


def _too_short(description: Mapping[str, Any]) -> DriverError:
    return DriverError(
        f"the training job {description['TrainingJobName']} was {description['TrainingJobStatus']} before its host was "
        f"taken away, after {in_status(description, 'Training'):.1f} s of training: give it more to do, such as more "
        "data or rounds, or an earlier moment by --after"
    )


def seconds_since(moment: datetime) -> float:
    """Return the seconds that have passed since then."""
    return (datetime.now(moment.tzinfo) - moment).total_seconds()


def in_status(description: Mapping[str, Any], status: str, until: str | None = None) -> float:
    """Return the seconds that a job has spent in a status; with `until`, up to its next `until`."""
    total, began = 0.0, None
    for each in description["SecondaryStatusTransitions"]:
        if each["Status"] == status:
            began = each["StartTime"]
            if until is None:
                total += (each["EndTime"] - began).total_seconds()
        elif until == each["Status"] and began:
            total, began = total + (each["StartTime"] - began).total_seconds(), None
    return total


def compare(target: Target, steps: int, whole: Mapping[str, Any], taken: Mapping[str, Any]) -> Comparison:
    """Compare the descriptions, models and logs of both jobs; the undisturbed one took `steps` steps.

    Raises DriverError when S3 refuses.
    """
    models = [_files(target, each) for each in (whole, taken)]
    names = sorted(models[0].keys() | models[1].keys())
    same = [name for name in names if models[0].get(name) == models[1].get(name)]
    values = [
        {each["MetricName"]: each["Value"] for each in job.get("FinalMetricDataList", [])} for job in (whole, taken)
    ]
    return Comparison(
        steps=steps,
        same=same,
        different=[name for name in names if name not in same],
        metrics={name: (value, values[1].get(name, float("nan"))) for name, value in values[0].items()},
        resumed=_resumed(target, taken["TrainingJobName"]),
        trained=in_status(taken, "Training"),
        trained_whole=in_status(whole, "Training"),
        down=in_status(taken, "Interrupted", "Training"),
    )


def _resumed(target: Target, name: str) -> tuple[str, int] | None:
    tail = logs.tail(target, resources.TRAINING, name)
    found = [match for line in (tail.lines() if tail else ()) if (match := _RESUMED.search(line.text))]
    return (found[-1][1], int(found[-1][2])) if found else None


def _files(target: Target, description: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of a model's files, but for those that vary."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        s3.fetch(target, description["ModelArtifacts"]["S3ModelArtifacts"], path)
        digests = {}
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                name = member.name.removeprefix("./")
                if file and name not in _VARIES:
                    digests[name] = hashlib.sha256(file.read()).hexdigest()
    return digests
