"""Distributions that pip installs editable without any package from anywhere: each has one console script."""

from collections.abc import Sequence
from pathlib import Path

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1"
dependencies = {dependencies}
"""
# The smallest build backend: an editable wheel with one console script, which does next to nothing.
BACKEND = """\
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "{name}-1.dist-info/"
    with zipfile.ZipFile(folder + "/{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\n{script} = os:getcwd\\n")
        wheel.writestr(info + "RECORD", "")
    return "{name}-1-py3-none-any.whl"
"""


def write(folder: Path, name: str, script: str, dependencies: Sequence[str] = ()) -> None:
    """Make `folder` a distribution called `name` with the console script `script`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name, dependencies=list(dependencies)))
    (folder / "backend.py").write_text(BACKEND.format(name=name, script=script))
