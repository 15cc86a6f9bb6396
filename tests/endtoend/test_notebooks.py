"""The two notebooks, which are bare boto3: on the demo's data, with each engine."""

import subprocess
import sys
from pathlib import Path

from tests.endtoend.conftest import PATIENCE, PLAIN, REPOSITORY

pytestmark = PATIENCE


def notebook(name: str, endpoint_url: str, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", "--folder", str(folder), *arguments], capture_output=True, text=True,
        check=False, cwd=REPOSITORY, env={**PLAIN, "AWS_ENDPOINT_URL": endpoint_url},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr  # also when the accuracy is not what it should be
    return done.stdout


def test_the_classic_notebook(endpoint_url: str, tmp_path: Path) -> None:
    said = notebook("classic", endpoint_url, tmp_path)
    assert "on 5,000 reviews" in said.splitlines()[-1]


def test_the_workshop(endpoint_url: str, tmp_path: Path) -> None:
    said = notebook("workshop", endpoint_url, tmp_path)
    assert "on 500 headlines" in said.splitlines()[-1]
    assert ": deleted" in said
