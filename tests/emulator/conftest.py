"""Engines over the programs in tests/fixtures/programs, and artefacts to serve."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import archive
from emulator.engines import ProcessEngine

PROGRAMS = Path(__file__).resolve().parents[1] / "fixtures" / "programs"


@pytest.fixture
def engine() -> Callable[..., ProcessEngine]:
    """`engine("good")`: a process engine over tests/fixtures/programs/good; keywords become its environment."""

    def over(program: str, **environment: str) -> ProcessEngine:
        return ProcessEngine(PROGRAMS / program, {"PATH": os.environ["PATH"], **environment})

    return over


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model.tar.gz for the `good` program."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text('{"lines": 3, "suffix": "!"}')
    archive.pack(folder, tmp_path / "model.tar.gz")
    return tmp_path / "model.tar.gz"


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """A channel folder of three lines in two files, one of them below a sub-folder."""
    folder = tmp_path / "channel"
    (folder / "more").mkdir(parents=True)
    (folder / "a.csv").write_text("1\n2\n")
    (folder / "more" / "b.csv").write_text("3\n")
    return folder


@pytest.fixture(scope="session")
def throwaway_image() -> Iterator[str]:
    """The tag of an image built from tests/fixtures/container, removed at the end."""
    tag = f"emulator-test-{os.getpid()}:dev"
    base = os.environ.get("BASE_IMAGE", "debian:bookworm-slim")
    build = ["docker", "build", "--quiet", "--build-arg", f"BASE_IMAGE={base}", "--tag", tag]
    subprocess.run([*build, PROGRAMS.parent / "container"], check=True, stdout=subprocess.DEVNULL)
    yield tag
    subprocess.run(["docker", "image", "rm", tag], check=True, stdout=subprocess.DEVNULL)
