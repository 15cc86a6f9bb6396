"""Finds everything that came from a training job, a tuning job or an endpoint, so that it can be deleted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from driver.aws import resources
from driver.aws.resources import Kind
from driver.aws.target import Target
from driver.errors import NotFoundError

TRANSFORM = "transform"
"""The folder, below that of a transform job's name, in which the driver puts its input and output.

Between them is a folder with the name of the training job, by which the transform job is found again: the model that it
used is deleted when it ends.
"""


@dataclass
class Descendants:
    """Names by kind: what can be deleted, and the jobs that still run. `folders` are S3 URIs of jobs' objects."""

    running: list[tuple[Kind, str]] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)
    configs: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


def find_descendants(target: Target, name: str) -> Descendants:
    """Return all that came from what is called `name`. Raises NotFoundError when nothing is.

    Models come from a training job if they serve its artefact; configurations, endpoints and transform jobs from these
    models. The driver's own transform jobs come from the training job that their folder names.
    """
    found = Descendants()
    jobs = list(_jobs(target, name))
    endpoint = resources.try_describe(target, resources.ENDPOINT, name)
    if not jobs and endpoint is None:
        raise NotFoundError(
            f"no training job, tuning job or endpoint called {name} exists: `./launch.py list{target.flags}` lists "
            "what does"
        )
    for kind, job in jobs:
        if job[kind.status] not in kind.terminal_statuses:
            found.running.append((kind, job[kind.key]))
        output = (job if kind is resources.TRAINING else job.get("TrainingJobDefinition", {})).get(
            "OutputDataConfig", {}
        )
        if "S3OutputPath" in output:  # AWS puts the job's name below it
            found.folders.append(f"{output['S3OutputPath'].rstrip('/')}/{job[kind.key]}/")
    _add_hosting(target, found, {job.get("ModelArtifacts", {}).get("S3ModelArtifacts") for _, job in jobs} - {None})
    if endpoint is not None:
        _add_endpoint(target, found, name, endpoint["EndpointConfigName"])
    _add_transforms(target, found, {job[kind.key] for kind, job in jobs})
    return found


def _jobs(target: Target, name: str) -> Iterator[tuple[Kind, dict[str, Any]]]:
    if training := resources.try_describe(target, resources.TRAINING, name):
        yield resources.TRAINING, training
    if tuning := resources.try_describe(target, resources.TUNING, name):
        yield resources.TUNING, tuning
        for trial in resources.trials(target, name):
            yield resources.TRAINING, resources.describe(target, resources.TRAINING, trial["TrainingJobName"])


def _add_hosting(target: Target, found: Descendants, artefacts: set[str]) -> None:
    if not artefacts:
        return
    for model in _all(target, resources.MODEL):
        if model.get("PrimaryContainer", {}).get("ModelDataUrl") in artefacts:
            found.models.append(model["ModelName"])
    for config in _all(target, resources.CONFIG) if found.models else ():
        if any(variant["ModelName"] in found.models for variant in config["ProductionVariants"]):
            found.configs.append(config["EndpointConfigName"])
    for endpoint in _all(target, resources.ENDPOINT) if found.configs else ():
        if endpoint["EndpointConfigName"] in found.configs:
            found.endpoints.append(endpoint["EndpointName"])


def _add_endpoint(target: Target, found: Descendants, name: str, config_name: str) -> None:
    if name not in found.endpoints:
        found.endpoints.append(name)
    if config_name not in found.configs and (config := resources.try_describe(target, resources.CONFIG, config_name)):
        found.configs.append(config_name)
        served = [variant["ModelName"] for variant in config["ProductionVariants"]]
        found.models += [model for model in served if resources.try_describe(target, resources.MODEL, model)]


def _add_transforms(target: Target, found: Descendants, names: set[str]) -> None:
    for job in _all(target, resources.TRANSFORM) if names or found.models else ():
        name, output = job["TransformJobName"], job["TransformOutput"]["S3OutputPath"].rstrip("/")
        own = re.search(f"/{name}/{TRANSFORM}(?:/([^/]+))?/output$", output)
        if job["ModelName"] not in found.models and not (own and own[1] in names):
            continue
        if job["TransformJobStatus"] not in resources.TRANSFORM.terminal_statuses:
            found.running.append((resources.TRANSFORM, name))
        if own:  # the driver's own, so its input is beside it
            found.folders.append(output.removesuffix("output"))


def _all(target: Target, kind: Kind) -> Iterator[dict[str, Any]]:
    for summary in resources.summaries(target, kind):
        if description := resources.try_describe(target, kind, summary[kind.key]):  # it may be gone by now
            yield description
