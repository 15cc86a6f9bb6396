"""The Makefile: its help, and what it says to an interpreter that will not do."""

import os
import re
import subprocess
import tomllib

import pytest

from tests.conftest import SLOW, TESTS

SETTINGS = ("MAKEFLAGS", "BROWSER", "CLIENTS", "CONTAINERS", "DATA_SETS", "PYTEST")
"""What `make test` itself may have been given."""


@pytest.fixture
def make(repository, bare_path):
    def run(*arguments):
        return subprocess.run(
            ["make", *arguments], capture_output=True, text=True, cwd=repository, check=False,
            env={**{name: os.environ[name] for name in os.environ if name not in SETTINGS}, "PATH": str(bare_path)},
        )  # fmt: skip

    return run


def test_make_alone_lists_every_target(make, repository):
    phony = re.search(r"^\.PHONY: (.*)$", (repository / "Makefile").read_text(), re.MULTILINE)
    done = make()
    assert done.returncode == 0
    assert re.findall(r"^  make (\w+) +\S", done.stdout, re.MULTILINE) == phony[1].split()


@pytest.mark.parametrize("stamp", [".venvs/dev/complete", ".cache/data/complete"])
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 1", "is missing, or is not Python 3.11, 3.12 or 3.13"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt-get install gcc python3-dev python3-venv"),
    ],
)
def test_an_interpreter_that_will_not_do_is_refused_before_anything_is_changed(make, program, stamp, script, says):
    interpreter = program("python3", script)
    locks = ("-W", "tests/requirements.lock", "-W", "examples/requirements.lock")
    done = make(*locks, stamp, f"PYTHON={interpreter}")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Creating" not in done.stdout
    assert "Installing" not in done.stdout


def test_what_a_check_leaves_out_is_there():
    assert [name for name in SLOW if not (TESTS / name).is_dir() and not (TESTS / f"{name}.py").is_file()] == []


@pytest.mark.parametrize(
    "asked", ["", "CONTAINERS=1", "CONTAINERS=1 BROWSER=1", "CONTAINERS=1 BROWSER=1 CLIENTS=1 DATA_SETS=data"]
)
def test_what_is_not_asked_for_is_left_out_by_markers_that_exist(make, repository, asked):
    """Any other word ends the workers of pytest-xdist, and no test runs."""
    said = make("--dry-run", "test", *asked.split()).stdout
    named = set(re.findall(r"\w+", "".join(re.findall("-m 'not (.*)'", said)))) - {"or"}
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    markers = {marker.partition(":")[0] for marker in project["tool"]["pytest"]["ini_options"]["markers"]}
    assert named <= markers
    assert len(named) == 4 - len(asked.split())
