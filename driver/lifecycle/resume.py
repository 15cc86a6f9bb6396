"""Steps of a pipeline, which resumes by its name: finished steps are skipped, running ones are waited for."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from driver.aws import resources
from driver.aws.target import Target
from driver.errors import DriverError
from driver.lifecycle import start, wait
from driver.output import Output
from driver.requests.request import Request
from driver.requests.training import Plan


class TrainedModel(NamedTuple):
    """A training job that has completed, and the S3 URI of its model.tar.gz."""

    name: str
    model: str


def ensure_trained(target: Target, name: str, make_plan: Callable[[str], Plan], output: Output) -> TrainedModel:
    """Return the training job of a step, which is started if need be; `make_plan` makes the plan of a given name.

    A job that failed or was stopped has used up its name, so the next attempt is called name-2, and so on. Raises
    DriverError when this one fails too, and when one that is there was made of other settings.
    """
    for attempt in itertools.count(1):
        job = name if attempt == 1 else f"{name}-{attempt}"
        description = resources.try_describe(target, resources.TRAINING, job)
        if description is None:
            start.training_job(target, make_plan(job), output.say)
            break
        state = description["TrainingJobStatus"]
        if state == "Failed" or state.startswith("Stop"):
            output.say(f"training job {job} is {state}: trying again")
            continue
        _check_same(job, description, make_plan(job))
        output.say(f"training job {job} is already {'done' if state == 'Completed' else 'running'}")
        if state == "Completed":
            return TrainedModel(job, description["ModelArtifacts"]["S3ModelArtifacts"])
        break
    return TrainedModel(job, wait.for_model(target, job, output))


def ensure_served(
    target: Target, name: str, job: TrainedModel, requests: Sequence[Request], machines: str, output: Output
) -> None:
    """Have the endpoint serve the model of a job; `requests` make it if it is not there.

    Raises DriverError when it fails, and when an endpoint of that name serves another model.
    """
    endpoint = resources.try_describe(target, resources.ENDPOINT, name)
    if endpoint is None:
        start.endpoint(target, requests, machines, output.say)
    elif _model_of(target, endpoint) != job.model:
        raise DriverError(
            f"the endpoint {name} serves another model: `./launch.py update {name} {job.name}{target.flags}` deploys "
            "this one"
        )
    else:
        output.say(f"endpoint {name} already exists")
    description = wait.wait(target, resources.ENDPOINT, name, output)
    wait.judge(target, resources.ENDPOINT, name, description)


def _model_of(target: Target, endpoint: dict[str, Any]) -> str | None:
    config = resources.describe(target, resources.CONFIG, endpoint["EndpointConfigName"])
    model = resources.describe(target, resources.MODEL, config["ProductionVariants"][0]["ModelName"])
    uri: str | None = model["PrimaryContainer"].get("ModelDataUrl")
    return uri


def model_uri(plan: Plan) -> str:
    """Return where SageMaker puts the model of a job: known before it runs."""
    return f"{plan.folder}/output/model.tar.gz"


def _check_same(job: str, description: dict[str, Any], plan: Plan) -> None:
    """Raise DriverError for a job that was made of other settings than those now asked for."""
    was = dict(description.get("HyperParameters", {}))
    now = dict(plan.hyperparameters)
    different = [
        f"{name} {was.get(name, 'not given')}, now {now.get(name, 'not given')}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
    uris = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in description["InputDataConfig"]
    }
    different += [
        f"channel {channel.name} {uris.get(channel.name, 'not given')}, now {channel.source}"
        for channel in plan.channels
        if not channel.is_local and uris.get(channel.name) != channel.source
    ]
    if different:
        raise DriverError(
            f"the training job {job} was run with other settings ({'; '.join(different)}): give another name"
        )
