"""The record of a training job on its way through the API's statuses."""

import time
from types import MappingProxyType
from typing import Any

from emulator.platform import Platform
from emulator.resources.kinds import JobKind
from emulator.state.records import Record
from emulator.training import spot
from emulator.training.containers import Outcome

KIND = JobKind(
    "training-job",
    "TrainingJob",
    "training job",
    summary=("TrainingEndTime", "LastModifiedTime", "TrainingJobStatus", "SecondaryStatus"),
    order={"SortOrder": "Ascending"},
    taken="Training job names must be unique within an AWS account and region, and a training job with this name "
    "already exists",
)
MESSAGES = MappingProxyType({
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Interrupted": "Training job interrupted: its spot instances were taken away",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
    "MaxWaitTimeExceeded": "Training job runtime exceeded MaxWaitTimeInSeconds",
})  # fmt: skip


def enter(record: Record, status: str) -> None:
    """Note in the record that the job enters a secondary status, now."""
    now = time.time()
    transitions = record.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    transitions.append({"Status": status, "StartTime": now, "StatusMessage": MESSAGES[status]})
    record["SecondaryStatus"] = status


def finish(platform: Platform, name: str, outcome: Outcome, **members: Any) -> None:
    """Note in the record how the job ended; `members` are further ones of it."""

    def change(record: Record) -> None:
        enter(record, outcome.secondary_status)
        record["SecondaryStatusTransitions"][-1]["EndTime"] = record["TrainingEndTime"] = time.time()
        if "TrainingStartTime" in record:
            trained, billed = spot.seconds(record)
            record |= {"TrainingTimeInSeconds": trained, "BillableTimeInSeconds": billed}
        record |= members

    KIND.finish(platform, name, outcome.training_job_status, outcome.failure_reason, change)
