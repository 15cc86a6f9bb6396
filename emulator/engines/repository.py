"""Finds the images of the repository: the folders images/<name>/ with a pyproject.toml. Builds nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.errors import EmulatorError


@dataclass(frozen=True)
class Image:
    """One image: where its sources are, and the variables of its containers (all but PATH)."""

    name: str
    version: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The tag `build.sh` gives the newest build."""
        return f"{self.name}:dev"


def names(repository: Path) -> list[str]:
    """The names of all images."""
    return sorted(file.parent.name for file in repository.glob("images/*/pyproject.toml"))


def find(repository: Path, name: str) -> Image:
    """The image called `name`; EmulatorError, listing what there is, when there is none."""
    there = names(repository)
    folder = repository / "images" / name
    if name not in there:
        raise EmulatorError(
            f"no image called {name!r} exists: {folder} has no pyproject.toml; "
            f"known images: {', '.join(there) or 'none'}"
        )
    document = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    environment = document.get("tool", {}).get("image", {}).get("environment", {})
    return Image(name, document["project"]["version"], folder, {"PYTHONUNBUFFERED": "1", **environment})
