"""The two programs by bare boto3: on the demo's data, with each engine."""

import subprocess
import sys
from pathlib import Path

from tests.endtoend.conftest import PATIENCE, PLAIN, REPOSITORY

pytestmark = PATIENCE


def notebook(name: str, settings: dict[str, str], folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", "--folder", str(folder), *arguments], capture_output=True, text=True,
        check=False, cwd=REPOSITORY, env={**PLAIN, **settings},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr  # also when the accuracy is not what it should be
    return done.stdout


def test_the_classic_notebook(settings: dict[str, str], tmp_path: Path) -> None:
    said = notebook("classic", settings, tmp_path)
    assert "on 2,000 reviews" in said.splitlines()[-1]


def test_the_workshop(settings: dict[str, str], tmp_path: Path) -> None:
    said = notebook("workshop", settings, tmp_path)
    assert "on 500 headlines" in said.splitlines()[-1]
    assert ": deleted" in said
