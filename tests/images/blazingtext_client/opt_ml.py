"""A folder laid out like /opt/ml, for the `train` program or for the algorithm in this process."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from blazingtext_client import train
from blazingtext_client.hyperparameters import TABLE, defaults
from smcontract.job import Job
from smcontract.metrics import MetricLog
from smcontract.paths import Paths
from smcontract.train import Context


class OptMl:
    programs = Path(sys.executable).parent

    def __init__(self, base):
        self.paths = Paths(base)
        self.paths.input_config.mkdir(parents=True)
        self.paths.failure.parent.mkdir()
        self.paths.model.mkdir()
        self.hosts("algo-1")
        self.channels = {}

    def configure(self, name, value):
        (self.paths.input_config / f"{name}.json").write_text(json.dumps(value))

    def hosts(self, *names):
        self.configure("resourceconfig", {"current_host": names[0], "hosts": names})

    def put(self, channel, content, name="data.txt", content_type=None):
        """Add a file to a channel; return the channel."""
        folder = self.paths.channel(channel)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.channels[channel] = {"TrainingInputMode": "File"} | ({"ContentType": content_type} if content_type else {})
        self.configure("inputdataconfig", self.channels)
        return Job.load(self.paths, {}).channels[channel]

    def start(self, **hyperparameters):
        self.configure("hyperparameters", hyperparameters)
        path = os.pathsep.join(filter(None, sys.path))
        ours = {"SAGEMAKER_BASE_DIR": str(self.paths.base), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            [self.programs / "train"],
            env={**os.environ, **ours, "SAGEMAKER_TRAINING_MODULE": "blazingtext_client.train:main"},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def context(self, **hyperparameters):
        values = TABLE.parse(hyperparameters, defaults(TABLE.parse(hyperparameters)))
        return Context(self.paths, Job.load(self.paths, {}), values, threading.Event(), MetricLog())

    def train(self, **hyperparameters):
        """Train in this process."""
        train.algorithm(self.context(**hyperparameters))

    def files(self):
        return sorted(path.name for path in self.paths.model.iterdir())

    def leftovers(self):
        return sorted(path.name for path in self.paths.failure.parent.glob(".*"))
