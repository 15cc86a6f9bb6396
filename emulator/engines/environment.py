"""The virtual environment that replaces an image without a container engine.

It holds what the image's requirements.lock names, the image's package, and those of the repository's own distributions
(shared and others beside it) that its pyproject.toml depends on.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from emulator.engines.log import OnLine
from emulator.engines.repository import Image
from emulator.engines.virtualenv import VirtualEnvironment

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def programs(image: Image, repository: Path, on_line: OnLine) -> Path:
    """The folder with the image's `train` and `serve`, made first when missing or stale; EngineError if pip fails."""
    folder = Path("images", image.name)
    sources = [*_own_dependencies(repository, folder), folder]
    return VirtualEnvironment(repository, image.name, folder / "requirements.lock", sources).ensure(on_line)


def _own_dependencies(repository: Path, folder: Path) -> list[Path]:
    wanted = {_NAME.findall(dependency)[0] for dependency in _project(repository / folder)["dependencies"]}
    there = sorted(path.parent for path in repository.glob("*/pyproject.toml"))
    return [path.relative_to(repository) for path in there if _project(path)["name"] in wanted]


def _project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project
