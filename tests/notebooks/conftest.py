"""Programs of the SageMaker SDK, run in the environment of its own that `make` fills."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.programs import PYTHONS

REPOSITORY = Path(__file__).resolve().parents[2]
collect_ignore = ["localmode.py", "sentiment.py", "workshop.py", "source"]  # programs
CONFIG = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_"))}


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., list[str]]:
    """`notebook("localmode", *arguments, **environment)`: the lines that a program prints, in an empty folder."""

    def run(name: str, *arguments: str, **environment: str) -> list[str]:
        program = Path(__file__).with_name(f"{name}.py")
        (tmp_path / "sdk.yaml").write_text(CONFIG)
        given = {**PLAIN, "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1", **environment}
        done = subprocess.run(
            [PYTHONS["sdk2"], program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**given, "HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY),
                 "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "sdk.yaml")},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-8000:] + done.stdout[-8000:]  # the SDK writes its error to either
        return done.stdout.splitlines()

    return run
