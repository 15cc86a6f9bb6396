"""The emulator as a user has it: started by launch.py, with each engine in turn, on a state folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service_models import service_models_read_once  # noqa: F401 (for commands in this process)

REPOSITORY = Path(__file__).resolve().parents[2]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_"))}

PATIENCE = pytest.mark.timeout(900)
"""For every test here: whichever comes first waits for the images' environments to be made."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.container)])
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of an emulator that runs with one of the engines."""
    folder = tmp_path_factory.mktemp(request.param)
    _launch(folder, "local", "up", "--port", "0", "--engine", request.param)
    yield folder
    _launch(folder, "local", "down")


@pytest.fixture
def launch(state: Path, tmp_path: Path) -> Run:
    """Runs launch.py in an empty folder, and fails the test when it does not end with 0."""
    return lambda *arguments, **environment: _launch(state, *arguments, cwd=tmp_path, **environment)


@pytest.fixture(scope="module")
def settings(state: Path) -> dict[str, str]:
    """What `launch.py local env` exports."""
    found = json.loads(_launch(state, "local", "env", "--json").stdout)
    return {name: value for name, value in found.items() if value is not None}


def _launch(
    state: Path, *arguments: str, cwd: Path = REPOSITORY, **environment: str
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, REPOSITORY / "launch.py", *arguments], capture_output=True, text=True, check=False, cwd=cwd,
        env={**PLAIN, "LAUNCH_STATE": str(state), **environment},
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done
