"""Which image of this machine a TrainingImage or a model's Image means, and what runs it.

That is a local tag, an ECR URI whose repository is called like an image of this repository, or the URI of a
first-party algorithm that such an image stands for, as its pyproject.toml says under [tool.emulator].
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
from emulator.errors import EmulatorError

_URI = re.compile(
    r"((?P<registry>\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+)/)?(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(:(?P<tag>[\w.-]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"


@dataclass(frozen=True)
class Resolved:
    """What a URI means here. For a first-party algorithm `note` says what was replaced, and the rest what it takes.

    `hyperparameters` are extra ones for the stand-in image; `metric_definitions` those that the algorithm has of
    itself, for its twin's log; `objective` the hyperparameter that receives the metric of a tuning job.
    """

    uri: str
    start: Callable[[Callable[[str], None]], Engine]
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    metric_definitions: tuple[Mapping[str, str], ...] = ()
    objective: str | None = None
    note: str | None = None

    def engine(self, say: Callable[[str], None]) -> Engine:
        """Return what runs it. The first time may take a minute; `say` gets progress. Raises EmulatorError."""
        return self.start(say)

    def told(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the hyperparameters that the container gets for those that the request holds.

        Example:
            >>> image = Resolved("xgboost:1", DockerEngine, {"input": "features"}, objective="eval_metric")
            >>> image.told({"eval_metric": "error", "_tuning_objective_metric": "validation:auc"})["eval_metric"]
            'error,auc'
        """
        told = {**self.hyperparameters, **given}
        metric = given.get("_tuning_objective_metric", "").rpartition(":")[2]
        if self.objective and metric and metric not in told.get(self.objective, "").split(","):
            told[self.objective] = ",".join(filter(None, [told.get(self.objective), metric]))
        return told


class TrainingImages:
    """Finds images; `setting` chooses the engine (docker, process, or None for what is there).

    `owner` marks what engines start, so that `emulator.engines.leftovers` finds it.
    """

    def __init__(self, repository: Path, setting: str | None, owner: str | None = None):
        self.repository, self.setting, self.owner = repository, setting, owner

    def resolve(self, uri: str, region: str) -> Resolved:
        """Return what the URI means for a request to a region; raises ApiError when it means nothing here."""
        parts = _URI.fullmatch(uri)
        if parts is None:
            raise invalid(f"The image {uri!r} is neither a local tag nor the URI of an ECR repository")
        if parts["region"] not in (None, region):
            raise invalid(f"The ECR image {uri} is in {parts['region']}, not in the job's region {region}")
        name = parts["repository"].rsplit("/", 1)[-1]
        if (self.repository / "images" / name / "Dockerfile").is_file():
            if parts["registry"] is None:
                self._check_tag(name, parts["tag"], uri)
            self._check(name, uri)
            return Resolved(uri, partial(self._of, name, uri))
        for twin, settings in self._twins():
            if name in settings["stands-for"]:
                self._check(twin, f"{twin}:dev")
                return Resolved(
                    uri,
                    partial(self._of, twin, f"{twin}:dev"),
                    settings.get("stands-for-hyperparameters", {}),
                    tuple(_definition(metric) for metric in settings.get("stands-for-metrics", ())),
                    settings.get("stands-for-objective"),
                    f"{uri} is Amazon's own algorithm: {twin} runs here in its place",
                )
        if self.setting != "process" and docker.answers() and docker.built(uri):
            return Resolved(uri, lambda _: DockerEngine(uri, self.owner))
        refusal = "the process engine runs nothing else" if self.setting == "process" else docker.refusal()
        raise invalid(
            f"The image {uri} does not exist here: it is not an image of this repository "
            f"({', '.join(self._names())}), nor a first-party algorithm that one of them stands in for, and "
            f"{refusal or 'the Docker engine has no such tag'}"
        )

    def _check_tag(self, name: str, tag: str | None, uri: str) -> None:
        """Refuse a local tag that nobody has made; for those of a registry, unknown here, `NAME:dev` is taken."""
        version = images.find(self.repository, name).version
        if tag in (None, "dev", version) or (self.setting != "process" and docker.answers() and docker.built(uri)):
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

    def _of(self, name: str, uri: str, say: Callable[[str], None]) -> Engine:
        image = images.find(self.repository, name)
        if self.setting != "process" and uri != image.tag and docker.answers() and docker.built(uri):
            return DockerEngine(uri, self.owner)
        try:
            return engines.choose(self.setting, image, self.repository, say, self.owner)
        except EmulatorError as error:
            raise EmulatorError(f"{uri} cannot be run: {error}") from error

    def _names(self) -> list[str]:
        return sorted(path.parent.name for path in self.repository.glob("images/*/Dockerfile"))

    def _twins(self) -> list[tuple[str, Mapping[str, Any]]]:
        projects = ((name, self.repository / "images" / name / "pyproject.toml") for name in self._names())
        settings = ((name, tomllib.loads(path.read_text()).get("tool", {}).get("emulator")) for name, path in projects)
        return [(name, found) for name, found in settings if found]


def _definition(metric: str) -> dict[str, str]:
    """The MetricDefinition of a metric as the images of this repository print it: `train:rmse=0.5;`."""
    return {"Name": metric, "Regex": rf"(?:^|\s){re.escape(metric)}={_NUMBER};"}
