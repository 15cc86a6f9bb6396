"""A folder laid out like /opt/ml, for the toolkit's own `train` program or for an algorithm in this process."""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sagemaker_training.errors import ClientError
from smcontract.paths import Paths
from smcontract.training.job import Job
from smcontract.training.metrics import MetricLog
from smcontract.training.train import Context

PYTHONPATH = os.pathsep.join(path for path in sys.path if path and Path(path).name != "references")
"""Where programs find our packages, but not scikit-learn, which XGBoost imports if it is there: in no image it is."""


class OptMl:
    """The tests of an image make a subclass that names its parts.

    `main` is what SAGEMAKER_TRAINING_MODULE holds; `table`, `defaults` and `algorithm` are the image's own.
    """

    main, table, defaults, algorithm = "", None, None, None
    programs = Path(sys.executable).parent

    def __init__(self, base):
        self.paths = Paths(base)
        self.paths.input_config.mkdir(parents=True)
        self.paths.failure.parent.mkdir()
        self.paths.model.mkdir()
        self.hosts("algo-1")
        self.configure("hyperparameters", {})
        self.configure("inputdataconfig", {})
        self.channels = {}

    def configure(self, name, value):
        (self.paths.input_config / f"{name}.json").write_text(json.dumps(value))

    def hosts(self, *names):
        self.configure("resourceconfig", {"current_host": names[0], "hosts": names})

    def put(self, channel, content, name="data.csv", content_type=None):
        """Add a file to a channel; return the channel."""
        folder = self.paths.channel(channel)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.channels[channel] = {"TrainingInputMode": "File"} | ({"ContentType": content_type} if content_type else {})
        self.configure("inputdataconfig", self.channels)
        return Job.load(self.paths, {}).channels[channel]

    def environ(self, **more):
        ours = {"SAGEMAKER_BASE_DIR": str(self.paths.base), "PYTHONPATH": PYTHONPATH, "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **ours, **more}

    def start(self, **hyperparameters):
        self.configure("hyperparameters", self.small_ones(hyperparameters) | hyperparameters)
        return subprocess.Popen(
            [self.programs / "train"], env=self.environ(SAGEMAKER_TRAINING_MODULE=self.main),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, **hyperparameters):
        """Run the program; return its exit code, standard output and standard error."""
        with self.start(**hyperparameters) as process:
            out, err = process.communicate(timeout=100)
            return process.returncode, out, err

    def call_main(self):
        """Run in this process what the program calls."""
        module, _, name = self.main.partition(":")
        main = getattr(importlib.import_module(module), name)
        handler = signal.getsignal(signal.SIGTERM)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAGEMAKER_BASE_DIR", str(self.paths.base))
            try:
                main()
            finally:
                signal.signal(signal.SIGTERM, handler)  # it ignores it at its end, as would all that tests start then

    def refused(self, **hyperparameters):
        """Run what the program calls, which must refuse the job and leave no model; return the reason it writes."""
        self.configure("hyperparameters", self.small_ones(hyperparameters) | hyperparameters)
        with pytest.raises(ClientError):
            self.call_main()
        assert self.files() == []
        return self.paths.failure.read_text()

    def context(self, **hyperparameters):
        given = self.small_ones(hyperparameters) | hyperparameters
        values = self.table.parse(given, self.defaults(self.table.parse(given)))
        names = self.table.given(given)
        return Context(self.paths, Job.load(self.paths, {}), values, threading.Event(), MetricLog(), names)

    def train(self, **hyperparameters):
        """Train in this process."""
        self.algorithm(self.context(**hyperparameters))

    def small_ones(self, hyperparameters):
        """Hyperparameters of a quick job, which those given go before."""
        return {}

    @contextlib.contextmanager
    def unwritable(self, folder, options):
        """Let nothing be written in a folder: mounted so or, where root is needed and lacking, forbidden."""
        folder.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True).returncode:
            if os.geteuid() == 0:
                pytest.skip("root that may not mount, as in a container, can write everywhere")
            folder.chmod(0o555)
            undo = ["chmod", "755", folder]
        else:
            undo = ["umount", folder]
            with contextlib.suppress(OSError):
                (folder / "full").write_bytes(bytes(4096))
        try:
            yield
        finally:
            subprocess.run(undo, check=True)

    def full_output(self):
        """A context in which the disk of output/data is full."""
        return self.unwritable(self.paths.output_data, "size=4k")

    def read_only_model(self):
        """A context in which the model's folder is read-only."""
        return self.unwritable(self.paths.model, "ro")

    def damage(self, handler, count):
        """Load the model after damaging it in various ways; what became of each, see fixtures/programs."""
        program = Path(__file__).parent / "fixtures" / "programs" / "damage.py"
        command = [sys.executable, program, handler, self.paths.model, self.paths.base / "damaged", str(count)]
        done = subprocess.run(
            command, env=self.environ(OMP_NUM_THREADS="1"), text=True, capture_output=True, timeout=250
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert "Traceback" not in done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def files(self):
        return sorted(path.name for path in self.paths.model.iterdir())
