"""The repository, and a PATH that holds only what a test puts there."""

import shutil
from pathlib import Path

import pytest

TOOLS = ("basename", "bash", "cat", "dirname", "expand", "git", "grep", "make", "paste", "sed")


@pytest.fixture(scope="session")
def repository():
    return Path(__file__).parents[2]


@pytest.fixture
def bare_path(tmp_path):
    """A folder for PATH: ordinary tools, no docker, no python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


@pytest.fixture
def program(bare_path):
    """Puts a program written in shell on the PATH."""

    def write(name, script):
        path = bare_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return write
