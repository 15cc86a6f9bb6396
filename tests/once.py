"""What takes long to make, and is made once for all processes of a test run."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` that the processes of this run share; `make(folder)` fills it for who comes first."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            assert not (folder / "begun").exists(), f"{name} could not be made: see the test that came first"
            (folder / "begun").touch()
            make(folder)
            (folder / "complete").touch()
    return folder
