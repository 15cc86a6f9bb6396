"""Warm start: what a tuning job takes over from its parents, and which may be one."""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import invalid
from emulator.images import OBJECTIVE
from emulator.platform import Platform
from emulator.resources.kinds import RUNNING
from emulator.state.records import Record
from emulator.tuning import ranges, summaries
from emulator.tuning.kind import KIND, training_jobs

IDENTICAL = "IdenticalDataAndAlgorithm"


def check(platform: Platform, call: Call, request: Mapping[str, Any]) -> None:
    """Raise ApiError for a parent that there is not, or that cannot be one of this tuning job."""
    for name in parents(request):
        parent = KIND.find(platform, call, name)
        if parent["HyperParameterTuningJobStatus"] in RUNNING:
            raise invalid(f"The parent tuning job {name} has not ended: wait until it has, or stop it")
        for member in ("MetricName", "Type"):
            ours, theirs = (_objective(each)[member] for each in (request, parent))
            if ours != theirs:
                raise invalid(
                    f"The objective's {member} is {ours}, and {theirs} in the parent tuning job {name}: use that"
                )
        mine, of_parent = _hyperparameters(request), _hyperparameters(parent)
        if len(mine) != len(of_parent):
            raise invalid(
                f"The tuning job has {len(mine)} hyperparameters, static and with ranges, and its parent {name} has "
                f"{len(of_parent)}: warm start needs as many ({', '.join(sorted(mine ^ of_parent))} differ)"
            )
        if request["WarmStartConfig"]["WarmStartType"] == IDENTICAL and _what_is_trained(request) != _what_is_trained(
            parent
        ):
            raise invalid(
                f"{IDENTICAL} needs the TrainingImage and the InputDataConfig of the parent tuning job {name}: "
                "use TransferLearning for others"
            )


def parents(request: Mapping[str, Any]) -> list[str]:
    """Return the names of a request's parents, or of a record's. Raises ApiError."""
    asked = request.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", [])
    if not all("HyperParameterTuningJobName" in each for each in asked):
        raise invalid("ParentHyperParameterTuningJobs has an entry without HyperParameterTuningJobName: name the job")
    return [each["HyperParameterTuningJobName"] for each in asked]


def results(platform: Platform, request: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield all hyperparameters and the objective of each of the parents' training jobs that has one."""
    for name in parents(request):
        parent = platform.store.get(KIND.name, name)
        static = parent["TrainingJobDefinition"].get("StaticHyperParameters", {})
        for job in training_jobs(platform, parent):
            if job["ObjectiveStatus"] == "Succeeded":
                yield {**static, **job["TunedHyperParameters"]}, summaries.value(job)


def overall_best(platform: Platform, record: Record) -> summaries.Summary | None:
    """Return the best training job of an identical tuning job and its parents, with the name of its tuning job."""
    if record.get("WarmStartConfig", {}).get("WarmStartType") != IDENTICAL:
        return None
    family = [record, *(platform.store.get(KIND.name, name) for name in parents(record))]
    jobs = [
        {**job, "TuningJobName": each["HyperParameterTuningJobName"]}
        for each in family
        for job in training_jobs(platform, each)
    ]
    return summaries.best(jobs, _objective(record))


def _objective(request: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return found


def _hyperparameters(request: Mapping[str, Any]) -> set[str]:
    varying = ranges.read(request["HyperParameterTuningJobConfig"]["ParameterRanges"]).names
    return {*varying, *request["TrainingJobDefinition"].get("StaticHyperParameters", {})} - {OBJECTIVE}


def _what_is_trained(request: Mapping[str, Any]) -> tuple[Any, Any]:
    definition = request["TrainingJobDefinition"]
    return definition["AlgorithmSpecification"].get("TrainingImage"), definition.get("InputDataConfig", [])
