"""Finds the images of the repository: images/<name>/ with a Dockerfile and a pyproject.toml. Builds nothing."""

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.errors import EmulatorError


@dataclass(frozen=True)
class Image:
    """One image: where its sources are, and the variables its Dockerfile sets (all but PATH)."""

    name: str
    version: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The tag `build.sh` gives the newest build."""
        return f"{self.name}:dev"


def find(repository: Path, name: str) -> Image:
    """The image called `name`; EmulatorError, listing what there is, when there is none."""
    folder = repository / "images" / name
    if not (folder / "Dockerfile").is_file():
        there = ", ".join(sorted(file.parent.name for file in repository.glob("images/*/Dockerfile"))) or "none"
        raise EmulatorError(f"no image called {name!r} exists: {folder} has no Dockerfile; known images: {there}")
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return Image(name, project["version"], folder, dockerfile_environment((folder / "Dockerfile").read_text()))


def dockerfile_environment(dockerfile: str) -> dict[str, str]:
    r"""The variables set by ENV lines of the form KEY=value, except PATH, which belongs to the machine.

    Example:
        >>> dockerfile_environment('FROM debian\nENV A=1 \\\n    B="two words"\nENV PATH=/x')
        {'A': '1', 'B': 'two words'}
    """
    variables: dict[str, str] = {}
    for line in dockerfile.replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction.upper() == "ENV":
            variables |= {name: value for name, _, value in (pair.partition("=") for pair in shlex.split(rest))}
    variables.pop("PATH", None)
    return variables
