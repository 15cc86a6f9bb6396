"""The field's notebooks, with version 2 of the SageMaker SDK, as their authors wrote them."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driver.data import reviews
from tests.emulator.client import start
from tests.emulator.running import RunningEmulator
from tests.notebooks.conftest import PLAIN, REPOSITORY

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(900)]

SOURCE = Path(__file__).with_name("source")
SPORT = ["goal", "team", "match", "coach", "league"]
MARKETS = ["bank", "stocks", "rates", "profit", "bonds"]
COMMON = ["the", "a", "of", "in", "after", "new", "says", "as", "for", "on"]

Notebook = Callable[..., list[str]]


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.container)])
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    running = start(tmp_path_factory.mktemp("emulator") / "state", request.param)
    yield running
    running.end()


def headlines(path: Path) -> None:
    draw = random.Random(1)
    lines = []
    for number in range(600):
        words = (SPORT[:1] if number % 2 else MARKETS[:1]) + draw.choices(SPORT if number % 2 else MARKETS, k=3)
        lines.append(" ".join(draw.sample(words + draw.choices(COMMON, k=5), k=9)))
    path.write_text("\n".join(lines) + "\n")


def test_sentiment_with_sagemakers_xgboost(notebook: Notebook, emulator: RunningEmulator) -> None:
    data = REPOSITORY / ".cache" / "data" / reviews.PATH
    said = notebook("sentiment", str(emulator.state), str(data))
    assert float(said[-1].removeprefix("accuracy ")) > 0.65


def test_the_workshop(notebook: Notebook, emulator: RunningEmulator, tmp_path: Path) -> None:
    headlines(tmp_path / "text8")
    instances = 1 if "process" in emulator.arguments else 2
    said = notebook("workshop", str(emulator.state), str(tmp_path / "text8"), str(SOURCE), str(instances))
    found = json.loads(said[-1])
    assert found["accuracy"] > 0.9
    if instances == 2:
        assert sum("all 2 hosts are here: algo-1, algo-2" in line for line in said) == 1
        return

    # The same network as a local script, in the folders that the notebook has made.
    channels = {f"SM_CHANNEL_{name.upper()}": str(tmp_path / "data" / name) for name in ("train", "test", "embeddings")}
    arguments = [word for name, value in found["hyperparameters"].items() for word in (f"--{name}", str(value))]
    done = subprocess.run(
        [sys.executable, SOURCE / "network.py", *arguments], capture_output=True, text=True, check=False,
        env={**PLAIN, **channels, "SM_MODEL_DIR": str(tmp_path),
             "PYTHONPATH": str(REPOSITORY / "images/headline-mxnet/headline_mxnet/scripts")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split("accuracy = ")[1]) > 0.9
    assert {"model-symbol.json", "model-0000.params", "model-shapes.json"} <= {path.name for path in tmp_path.iterdir()}
