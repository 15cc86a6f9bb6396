"""The record of a tuning job, and the training jobs that belong to it."""

from emulator.api.call import Call
from emulator.api.errors import ApiError, not_found
from emulator.platform import Platform
from emulator.resources.kinds import JobKind
from emulator.state.records import Record
from emulator.training import statuses
from emulator.tuning import ranges, summaries


class TuningJobKind(JobKind):
    """Tuning jobs, which AWS reports missing in its own way."""

    def _unknown(self, call: Call, name: str) -> ApiError:  # noqa: ARG002
        return not_found(f"Amazon SageMaker can't find a tuning job with the name {name}")


KIND = TuningJobKind(
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJob",
    "hyperparameter tuning job",
    summary=("HyperParameterTuningEndTime", "LastModifiedTime", "HyperParameterTuningJobStatus"),
    order={"SortBy": "Name", "SortOrder": "Ascending"},
    taken="Tuning job names must be unique within an AWS account and region, and a tuning job with this name already "
    "exists",
)


def training_jobs(platform: Platform, record: Record) -> list[summaries.Summary]:
    """Return the summaries of a tuning job's training jobs, the oldest first."""
    arn, config = record["HyperParameterTuningJobArn"], record["HyperParameterTuningJobConfig"]
    jobs = [job for job in platform.store.all(statuses.KIND.name) if job.get("TuningJobArn") == arn]
    names = ranges.read(config["ParameterRanges"]).names
    return summaries.summarize(jobs, config["HyperParameterTuningJobObjective"], names)
