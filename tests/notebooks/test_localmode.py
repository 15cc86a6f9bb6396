"""Local mode of the SageMaker SDK trains and hosts our images, where there is an engine and docker compose."""

import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.engines.process import free_port
from tests.notebooks.conftest import REPOSITORY

pytestmark = [pytest.mark.clients, pytest.mark.container, pytest.mark.timeout(600)]

IMAGE = "xgboost-sentiment"
KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}  # the SDK wants some, and calls nobody


def test_an_image_trains_and_answers_and_runs_a_script(notebook: Callable[..., list[str]], tmp_path: Path) -> None:
    sample = REPOSITORY / "images" / IMAGE / "sample"
    hyperparameters = json.loads((sample / "hyperparameters.json").read_text())
    try:
        notebook(
            "localmode", f"{IMAGE}:dev", str(sample / "train"), json.dumps(hyperparameters), str(free_port()), **KEYS
        )
    finally:  # the containers were root, and what they wrote is root's
        mount = f"type=bind,source={tmp_path},target=/left"
        owner = f"chown -R {tmp_path.stat().st_uid} /left"
        subprocess.run(["docker", "run", "--rm", "--mount", mount, f"{IMAGE}:dev", "sh", "-c", owner], check=True)
        left = ["docker", "ps", "--all", "--quiet", "--filter", "network=sagemaker-local"]  # the SDK leaves them
        found = subprocess.run(left, check=True, capture_output=True, text=True).stdout.split()
        subprocess.run(["docker", "rm", "--force", *found], check=False, capture_output=True)
        subprocess.run(["docker", "network", "rm", "sagemaker-local"], check=False, capture_output=True)
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["predictions"][0]["label"] in ("neg", "pos")
    assert (tmp_path / "trained" / "model.tar.gz").is_file()  # beside the model that was served
    with tarfile.open(tmp_path / "own" / "model.tar.gz") as tar:
        seen = json.load(tar.extractfile("seen.json"))
    assert seen == {"arguments": ["--depth", "3"], "files": ["reviews.csv"]}
