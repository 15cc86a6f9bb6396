import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from smcontract.job import Job
from smcontract.metrics import MetricLog
from smcontract.paths import Paths
from smcontract.train import Context
from xgboost_sentiment import train
from xgboost_sentiment.hyperparameters import TABLE, defaults
from xgboost_sentiment.model import Model

REVIEWS = "".join(
    f'1,"A wonderful film, number {n}: great fun."\n0,<b>An awful film</b> number {n} and a very boring one\n'
    for n in range(20)
)
ROWS = "".join(f"1,{n % 3},0,2.5\n0,{n % 3},1,\n" for n in range(20))


class Container:
    """A folder laid out like /opt/ml, for the toolkit's own `train` program or for our algorithm in this process."""

    programs = Path(sys.executable).parent

    def __init__(self, base):
        self.paths = Paths(base)
        self.paths.input_config.mkdir(parents=True)
        self.paths.failure.parent.mkdir()
        self.paths.model.mkdir()
        self.configure("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1"]})
        self.configure("hyperparameters", {})
        self.channels = {}

    def configure(self, name, value):
        (self.paths.input_config / f"{name}.json").write_text(json.dumps(value))

    def put(self, channel, content, name="data.csv", content_type=None):
        folder = self.paths.channel(channel)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.channels[channel] = {"TrainingInputMode": "File"} | ({"ContentType": content_type} if content_type else {})
        self.configure("inputdataconfig", self.channels)

    def environ(self, **more):
        path = os.pathsep.join(filter(None, sys.path))
        ours = {"SAGEMAKER_BASE_DIR": str(self.paths.base), "PYTHONPATH": path}
        return {**os.environ, **ours, **more}

    def start(self, **hyperparameters):
        self.configure("hyperparameters", hyperparameters)
        return subprocess.Popen(
            [self.programs / "train"], env=self.environ(SAGEMAKER_TRAINING_MODULE="xgboost_sentiment.train:main"),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, **hyperparameters):
        """Run the program; return its exit code, standard output and standard error."""
        with self.start(**hyperparameters) as process:
            out, err = process.communicate(timeout=100)
            return process.returncode, out, err

    def context(self, **hyperparameters):
        values = TABLE.parse(hyperparameters, defaults(TABLE.parse(hyperparameters)))
        return Context(self.paths, Job.load(self.paths, {}), values, threading.Event(), MetricLog())

    def train(self, **hyperparameters):
        """Train in this process; return the model as it would be served."""
        train.algorithm(self.context(**hyperparameters))
        return Model.load(self.paths.model)

    def files(self):
        return sorted(path.name for path in self.paths.model.iterdir())


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


@pytest.fixture
def reviews(container):
    """A container with a train channel of 40 reviews that a model can tell apart."""
    container.put("train", REVIEWS)
    return container


@pytest.fixture
def rows(container):
    """A container with a train channel of 40 rows of 3 numbers."""
    container.put("train", ROWS)
    return container
