"""The virtual environment of an image: made once, remade when what it depends on changes, never taken half-made.

The image here needs no package from anywhere: its lock files are empty and its `train` is a console script.
"""

import subprocess
from pathlib import Path

import pytest

from emulator import images
from emulator.engines import environment
from emulator.errors import EngineError
from emulator.images import Image

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1"
"""
# The smallest build backend: an editable wheel with one console script.
BACKEND = """\
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "{name}-1.dist-info/"
    with zipfile.ZipFile(folder + "/{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\n{script} = os:getpid\\n")
        wheel.writestr(info + "RECORD", "")
    return "{name}-1-py3-none-any.whl"
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder, name, script in (("shared", "shared", "serve"), ("images/one", "one", "train")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pyproject.toml").write_text(PROJECT.format(name=name))
        (tmp_path / folder / "backend.py").write_text(BACKEND.format(name=name, script=script))
    (tmp_path / "images" / "one" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "images" / "one" / "requirements.lock").write_text("")
    (tmp_path / "images" / "build-tools.lock").write_text("")
    return tmp_path


@pytest.fixture
def image(repository: Path) -> Image:
    return images.find(repository, "one")


def test_made_once_then_used_at_once_and_made_again_when_a_lock_changes(repository: Path, image: Image) -> None:
    said: list[str] = []
    programs = environment.programs(image, repository, said.append)
    assert said == ["Creating .venvs/one from images/one/requirements.lock (once, about a minute)"]
    assert subprocess.run([programs / "train"], check=False).returncode > 0  # os.getpid, as the console script says
    assert (programs / "serve").exists()
    marker = programs / "of the first"
    marker.touch()
    assert environment.programs(image, repository, said.append) == programs
    assert len(said) == 1
    assert marker.exists()
    (image.folder / "requirements.lock").write_text("# changed\n")
    environment.programs(image, repository, said.append)
    assert len(said) == 2
    assert not marker.exists()


def test_a_failed_install_is_told_and_not_taken_for_complete(repository: Path, image: Image) -> None:
    lock = image.folder / "requirements.lock"
    lock.write_text("x @ file:///nowhere/x-1-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n")
    said: list[str] = []
    with pytest.raises(EngineError, match=r"requirements\.lock` ended with exit code 1; its message stands above"):
        environment.programs(image, repository, said.append)
    lock.write_text("")
    programs = environment.programs(image, repository, said.append)
    assert len(said) == 2
    assert (programs / "train").exists()
