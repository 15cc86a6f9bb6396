"""Which image of this machine a TrainingImage or a model's Image means, and what runs it.

That is a local tag, an ECR URI whose repository is called like an image of this repository, or the URI of a
first-party algorithm or framework that such an image stands for, as its pyproject.toml says under [tool.emulator].
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from emulator import engines
from emulator.api.errors import invalid
from emulator.engines import DockerEngine, Engine, docker
from emulator.engines import repository as images
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError

PROGRAM = "sagemaker_program"
"""The hyperparameter that names a script of the user's own, which then runs in place of the image's algorithm."""

OBJECTIVE = "_tuning_objective_metric"
"""The hyperparameter that names the metric which a tuning job optimises."""

_URI = re.compile(
    r"((?P<registry>\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+)/)?(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(:(?P<tag>[\w.-]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)

STANDS_FOR = "SAGEMAKER_STANDS_FOR"
"""The variable that tells a stand-in which algorithm was asked for: `sagemaker-xgboost:1.7-1`."""


@dataclass(frozen=True)
class RunnableImage:
    """The image that a URI means here. For a first-party algorithm `note` says which image stands in for it.

    `hyperparameters` are extra ones for the stand-in; `metric_definitions` the algorithm's own, as they match the
    stand-in's log; `objective` names the stand-in's hyperparameter for the metric that a tuner optimises. Its
    containers' `environment` tells it for which algorithm it stands, and which version of it. A framework
    `needs_script`: it has no algorithm.
    """

    uri: str
    start: Callable[[OnLine], Engine]
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    metric_definitions: tuple[Mapping[str, str], ...] = ()
    objective: str | None = None
    note: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    needs_script: bool = False

    def engine(self, on_line: OnLine) -> Engine:
        """Return what runs it. Making it may take a minute the first time, as `on_line` gets. Raises EmulatorError."""
        return self.start(on_line)

    def container_hyperparameters(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return what the container gets for the hyperparameters in the request; a user's script gets those alone.

        Example:
            >>> image = RunnableImage("xgboost:1", DockerEngine, objective="eval_metric")
            >>> image.container_hyperparameters({"_tuning_objective_metric": "validation:auc", "eval_metric": "error"})
            {'_tuning_objective_metric': 'validation:auc', 'eval_metric': 'error,auc'}
        """
        if PROGRAM in given:
            return dict(given)
        values = {**self.hyperparameters, **given}
        metric = given.get(OBJECTIVE, "").rpartition(":")[2]
        if self.objective and metric and metric not in values.get(self.objective, "").split(","):
            values[self.objective] = ",".join(filter(None, [values.get(self.objective), metric]))
        return values


class TrainingImages:
    """Finds images; `setting` chooses the engine (docker, process, or None for what is there).

    `owner` marks what engines start, so that `emulator.engines.leftovers` finds it.
    """

    def __init__(self, repository: Path, setting: str | None, owner: str | None = None):
        self.repository, self.setting, self.owner = repository, setting, owner

    @property
    def has_containers(self) -> bool:
        """Whether images may run in containers, which alone have a network, and hosts beside them."""
        return self.setting != "process" and docker.answers()

    def resolve(self, uri: str, region: str) -> RunnableImage:
        """Return what the URI means for a request to a region; raises ApiError when it means nothing here."""
        parts = _URI.fullmatch(uri)
        if parts is None:
            raise invalid(f"The image {uri!r} is neither a local tag nor the URI of an ECR repository")
        if parts["region"] not in (None, region):
            raise invalid(f"The ECR image {uri} is in {parts['region']}, not in the job's region {region}")
        name = parts["repository"].rsplit("/", 1)[-1]
        names = images.names(self.repository)
        if name in names:
            if parts["registry"] is None:
                self._check_tag(name, parts["tag"], uri)
            self._check(name, uri)
            return RunnableImage(uri, partial(self._choose_engine, name, uri))
        for twin, settings, regex in self._twins():
            framework = name in settings.get("stands-for-framework", ())
            if framework or name in settings.get("stands-for", ()):
                self._check(twin, f"{twin}:dev")
                return RunnableImage(
                    uri,
                    partial(self._choose_engine, twin, f"{twin}:dev"),
                    settings.get("stands-for-hyperparameters", {}),
                    tuple(
                        {"Name": metric, "Regex": regex.replace("NAME", re.escape(metric))}
                        for metric in settings.get("stands-for-metrics", ())
                    ),
                    settings.get("stands-for-objective"),
                    f"{uri} is Amazon's own {'framework' if framework else 'algorithm'}: {twin} runs here in its place",
                    {STANDS_FOR: f"{name}:{parts['tag'] or 'latest'}"},
                    framework,
                )
        local = uri.removeprefix(f"{parts['registry']}/")
        if self.has_containers and (tag := next(filter(docker.built, (uri, local)), None)):
            return RunnableImage(uri, lambda _: DockerEngine(tag, self.owner))
        refusal = "the process engine runs nothing else" if self.setting == "process" else docker.refusal()
        raise invalid(
            f"The image {uri} does not exist here: it is not an image of this repository "
            f"({', '.join(names)}), nor a first-party algorithm that one of them stands in for, and "
            f"{refusal or 'the Docker engine has no such tag'}"
        )

    def _check_tag(self, name: str, tag: str | None, uri: str) -> None:
        """Refuse a local tag that nobody has made; for those of a registry, unknown here, `NAME:dev` is taken."""
        version = images.find(self.repository, name).version
        if tag in (None, "dev", version) or (self.has_containers and docker.built(uri)):
            return
        raise invalid(f"The image {uri} is not on this machine: name {name}:dev, or {name}:{version}")

    def _check(self, name: str, uri: str) -> None:
        """Refuse at once, as AWS does, what would fail for want of an image; the process engine has all of them."""
        if self.setting != "docker":
            return
        if refusal := docker.refusal():
            raise invalid(f"{uri} cannot be run: {refusal}, or choose the process engine")
        if not (docker.built(uri) or docker.built(f"{name}:dev")):
            raise invalid(f"{uri} cannot be run: the image {name}:dev does not exist; build it with ./build.sh {name}")

    def _choose_engine(self, name: str, uri: str, on_line: OnLine) -> Engine:
        image = images.find(self.repository, name)
        if uri != image.tag and self.has_containers and docker.built(uri):
            return DockerEngine(uri, self.owner)
        try:
            return engines.choose(self.setting, image, self.repository, on_line, self.owner)
        except EmulatorError as error:
            raise EmulatorError(f"{uri} cannot be run: {error}") from error

    def _twins(self) -> list[tuple[str, Mapping[str, Any], str]]:
        """Name, [tool.emulator] and the regular expression of metrics, of each image that stands for another."""
        there = images.names(self.repository)
        projects = ((name, self.repository / "images" / name / "pyproject.toml") for name in there)
        tools = ((name, tomllib.loads(path.read_text()).get("tool", {})) for name, path in projects)
        return [
            (name, tool["emulator"], tool.get("metrics", {}).get("regex", ""))
            for name, tool in tools
            if "emulator" in tool
        ]
