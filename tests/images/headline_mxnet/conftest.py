import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from headline_mxnet import train
from headline_mxnet.hyperparameters import TABLE, defaults
from headline_mxnet.model import Model
from smcontract.job import Job
from smcontract.metrics import MetricLog
from smcontract.paths import Paths
from smcontract.train import Context

NEWS = "".join(
    f'sport,"Striker scores in cup final, number {n}"\nbusiness,Shares <b>fall</b> on bank profit {n}\n'
    f"science,Telescope finds new planet {n}\n"
    for n in range(16)
)
SMALL = {"epochs": "4", "batch_size": "8", "embedding_dim": "8", "filters": "4", "learning_rate": "0.02"}
TINY = {"arrays": SMALL, "text": SMALL | {"max_length": "8", "min_count": "1", "pair_buckets": "0"}}
"""Hyperparameters for each `input`."""


def tiny(hyperparameters):
    return TINY[hyperparameters.get("input", "text")] | hyperparameters


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
        self.configure("hyperparameters", tiny(hyperparameters))
        return subprocess.Popen(
            [self.programs / "train"], env=self.environ(SAGEMAKER_TRAINING_MODULE="headline_mxnet.start:main"),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, **hyperparameters):
        """Run the program; return its exit code, standard output and standard error."""
        with self.start(**hyperparameters) as process:
            out, err = process.communicate(timeout=100)
            return process.returncode, out, err

    def context(self, **hyperparameters):
        given = tiny(hyperparameters)
        values = TABLE.parse(given, defaults(TABLE.parse(given)))
        return Context(self.paths, Job.load(self.paths, {}), values, threading.Event(), MetricLog())

    def train(self, **hyperparameters):
        """Train in this process; return the model as it would be served."""
        train.algorithm(self.context(**hyperparameters))
        return Model.load(self.paths.model)

    def files(self):
        return sorted(path.name for path in self.paths.model.iterdir())

    def put_array(self, channel, name, array):
        file = io.BytesIO()
        np.save(file, array)
        self.put(channel, file.getvalue(), name=name)


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path / "ml")


@pytest.fixture
def news(container):
    """A container with a train channel of 48 headlines of three categories that a model can tell apart."""
    container.put("train", NEWS)
    return container
