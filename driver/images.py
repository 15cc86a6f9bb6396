"""Finds the images of the repository, and what their pyproject.toml says of launching them.

[tool.metrics] says how SageMaker reads an image's metrics from its log. The tables of [tool.launch] are named after
commands and hold flags, as the configuration file's do. `hyperparameters` names the image's table of hyperparameters,
whose module is loaded as a plugin: its functions `defaults` and `checked`, where it has them, see what the table alone
cannot. `first-party` names an algorithm of Amazon's that keeps the same contract, and can be launched by that name in
the image's stead; `labelled-texts` says what labelled texts its channels take; `without-validation` the hyperparameters
that a search needs where it has no channel validation, and with which a training job that has neither validation nor
test data holds a part back, if its hyperparameters are those of `holdout-with`.
"""

import difflib
import importlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from driver.aws import registries
from driver.aws.target import Target
from driver.checkout import REPOSITORY
from driver.data import getting
from driver.errors import DriverError, quote
from driver.requests.tuning import Ranges
from driver.tables.labels import Takes


@dataclass(frozen=True)
class Data:
    """Folders by channel, and the hyperparameters that suit them, but for what the user says."""

    description: str
    channels: Mapping[str, Path]
    hyperparameters: Mapping[str, str]
    is_sample: bool = False


@dataclass(frozen=True)
class Image:
    """One image; `algorithm` is the first-party algorithm that is meant in its stead, if one is.

    `metrics` maps the names of its metrics to regular expressions that find them in its log.
    """

    name: str
    version: str
    folder: Path
    launch: Mapping[str, Any]
    metrics: Mapping[str, str]
    algorithm: str | None = None

    def uri(self, target: Target, tag: str | None) -> str:
        """Return what TrainingImage is: a local tag for the emulator, and on AWS the image in the account's ECR."""
        if self.algorithm:
            return registries.image_uri(target.region)
        if target.is_local:
            return f"{self.name}:{tag or 'dev'}"
        registry = registries.registry(target.account, target.region)
        return f"{registry}/{self.name}:{tag or self.version}"

    def preset(self, command: str) -> Mapping[str, Any]:
        """Return the flags that the image presets for a command."""
        flags: dict[str, Any] = dict(self.launch.get(command, {}))
        if command == "train" and not self.algorithm:  # AWS has its own metrics for its algorithms, and takes no others
            flags["metric"] = self.metrics
        return flags

    @property
    def data_set(self) -> str | None:
        """The name of the data set that suits the image, if there is one: see `launch.py data`."""
        name = self.launch.get("data", {}).get("name")
        return str(name) if name else None

    def without_validation(self) -> dict[str, str]:
        """Return the hyperparameters by which a job holds back validation data of its own; the user's override them."""
        return {name: str(value) for name, value in self.launch.get("without-validation", {}).items()}

    def holdout(self, hyperparameters: Mapping[str, str]) -> dict[str, str]:
        """Return the hyperparameters by which a training job holds back a part of its data to measure quality.

        None with other hyperparameters than the image's `holdout-with` names, such as for data that it cannot divide.
        """
        needed = self.launch.get("holdout-with", {})
        return (
            {}
            if any(hyperparameters.get(name, value) != value for name, value in needed.items())
            else self.without_validation()
        )

    def own_data(self) -> Data:
        """Return what to train with where the user names no data: the data set, where it has been got, else the sample.

        The sample has `train` at least, and hyperparameters that suit so little.
        """
        suits = self.launch.get("data", {})
        if self.data_set and (folder := getting.default_folder(self.data_set)).is_dir():
            channels = {channel: folder / name for channel, name in suits["channels"].items()}
            return Data(f"the data set {self.data_set}", channels, suits.get("hyperparameters", {}))
        sample = self.folder / "sample"
        hyperparameters = json.loads((sample / "hyperparameters.json").read_text("utf-8"))
        channels = {path.name: path for path in sorted(sample.iterdir()) if path.is_dir()}
        return Data(
            f"the image's sample (images/{self.folder.name}/sample), enough to see it run",
            channels,
            hyperparameters,
            True,
        )

    def takes(self, hyperparameters: Mapping[str, str] | None = None) -> Takes | None:
        """Return which labelled texts its channels take, with these hyperparameters; None where they take others.

        Without hyperparameters it is what they take when they take labelled texts.
        """
        own = self.launch.get("labelled-texts")
        if own is None:
            return None
        if hyperparameters is not None and (needed := own.get("when")):
            values = self.table.parse(hyperparameters)
            if any(values.get(name) != value for name, value in needed.items()):
                return None
        other = next((name for name, image in find_own().items() if image.takes_any_labels), None)
        return Takes(
            self.name,
            form=own.get("form", "labelled"),
            most=own.get("most-labels"),
            folds_case=own.get("fold-case", False),
            synonyms=own.get("synonyms", ()),
            other=other,
        )

    @property
    def takes_any_labels(self) -> bool:
        """Whether its channels take texts with any number of labels."""
        own = self.launch.get("labelled-texts")
        return own is not None and "most-labels" not in own and "form" not in own

    def check(self, hyperparameters: Mapping[str, str]) -> None:
        """Raise DriverError, with the image's own sentence, when it would not take the hyperparameters."""
        module, table = self._plugin()
        try:
            values = table.parse(hyperparameters)
            if hasattr(module, "defaults"):
                values = table.parse(hyperparameters, module.defaults(values))
            if hasattr(module, "checked"):
                module.checked(values)
        except Exception as error:
            if getattr(error, "exit_code", None) != 1:  # not the caller's mistake
                raise
            raise DriverError(f"{self.name}: {error}") from error

    def tunable_ranges(self) -> Ranges:
        """Return the ranges of every hyperparameter that can be tuned, from the image's table."""
        ranges: Ranges = self.table.tunable_ranges()
        return ranges

    @property
    def table(self) -> Any:
        """The image's table of hyperparameters."""
        return self._plugin()[1]

    def _plugin(self) -> tuple[ModuleType, Any]:
        module_name, _, attribute = self.launch["hyperparameters"].partition(":")
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            raise DriverError(
                f"the hyperparameters of {self.name} cannot be loaded ({error}): run ./launch.py, which installs them"
            ) from error
        return module, getattr(module, attribute)


def find_all(repository: Path = REPOSITORY) -> dict[str, Image]:
    """Return the images by the names under which they can be launched."""
    found: dict[str, Image] = {}
    for file in sorted(repository.glob("images/*/pyproject.toml")):
        document = tomllib.loads(file.read_text("utf-8"))
        tool = document.get("tool", {})
        launch = tool.get("launch")
        if launch is None:
            continue
        project = document["project"]
        image = Image(project["name"], project["version"], file.parent, launch, metrics(tool.get("metrics", {})))
        found[image.name] = image
        if algorithm := launch.get("first-party"):
            found[algorithm] = replace(image, algorithm=algorithm)
    return found


def find_own(repository: Path = REPOSITORY) -> dict[str, Image]:
    """Return the images of the repository by name, without Amazon's own algorithms."""
    return {name: image for name, image in find_all(repository).items() if image.algorithm is None}


def metrics(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the regular expression of each metric that a [tool.metrics] names.

    Example:
        >>> metrics({"names": ["loss", "auc"], "regex": "NAME=([0-9.]+);"})
        {'loss': 'loss=([0-9.]+);', 'auc': 'auc=([0-9.]+);'}
    """
    return {name: table["regex"].replace("NAME", re.escape(name)) for name in table.get("names", ())}


def find(name: str, repository: Path = REPOSITORY) -> Image:
    """Return the image called `name`. Raises DriverError, with the nearest name, when there is none."""
    images = find_all(repository)
    if name not in images:
        near = difflib.get_close_matches(name, images, n=1)
        advice = f"did you mean {near[0]}?" if near else f"choose from {', '.join(images)}; --image takes any URI"
        raise DriverError(f"no image called {quote(name)} exists: {advice}")
    return images[name]


def find_by_uri(uri: str, repository: Path = REPOSITORY) -> Image | None:
    """Return the image of the repository that a URI names, if it does."""
    return find_all(repository).get(uri.rpartition("/")[2].partition(":")[0].partition("@")[0])
