"""Each image's sample, trained by its own `train` program, killed at random moments, and resumed.

`python -m bench.interruptions` kills 20 times an image, by SIGKILL and by SIGTERM in turn. After each it starts the job
again, and compares what it leaves with an uninterrupted run: the model's files byte for byte, else the last metrics.
Ends with exit code 1 where a metric differs by more than 0.003 or, of XGBoost and of word vectors, which one thread
trains, a single byte.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import report
from driver import images

CLOSE = 0.003
MORE: Mapping[str, Mapping[str, str]] = {
    "xgboost-sentiment": {"booster": "gbtree", "num_round": "300", "subsample": "0.7", "colsample_bytree": "0.7"},
    "blazingtext-client": {"epochs": "5000", "evaluation": "False"},
    "headline-mxnet": {"architecture": "wide-and-deep", "epochs": "60", "validation_fraction": "0.2"},
}
"""Hyperparameters beside those of the sample, so that training takes as long as the start of the program, or longer."""

_RESUMED = re.compile(r"resuming from \S+, after step (\d+)")


class Job:
    """One job of an image in a folder of its own, as SageMaker lays it out."""

    def __init__(self, base: Path, name: str) -> None:
        image = images.find(name).folder
        document = tomllib.loads((image / "pyproject.toml").read_text("utf-8"))
        self.base, self._module = base, document["tool"]["image"]["environment"]["SAGEMAKER_TRAINING_MODULE"]
        sample = image / "sample"
        channels = {path.name: path for path in sample.iterdir() if path.is_dir()}
        config = base / "input" / "config"
        config.mkdir(parents=True)
        (base / "output").mkdir()
        values = {**json.loads((sample / "hyperparameters.json").read_text("utf-8")), **MORE[name]}
        for file, content in {
            "hyperparameters": values,
            "inputdataconfig": {channel: {} for channel in channels},
            "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
            "checkpointconfig": {"LocalPath": str(base / "checkpoints")},
        }.items():
            (config / f"{file}.json").write_text(json.dumps(content))
        for channel, folder in channels.items():
            shutil.copytree(folder, base / "input" / "data" / channel)

    def run(self, kill: signal.Signals | None = None, after: float = 0.0) -> tuple[str, float]:
        """Run the program, or until it is killed; return its log and the seconds it took."""
        variables = {"SAGEMAKER_BASE_DIR": str(self.base), "SAGEMAKER_TRAINING_MODULE": self._module}
        began = time.monotonic()
        with subprocess.Popen(
            [Path(sys.executable).parent / "train"], env={**os.environ, **variables, "CHECKPOINT_SECONDS": "0.1"},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            if kill:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(after)
                process.send_signal(kill)
            log, _ = process.communicate()
        if not kill and process.returncode:
            raise SystemExit(f"{self._module} ended with {process.returncode}:\n{log}")
        return log, time.monotonic() - began

    def left(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Return the model's files but for the manifest, which has the time, and its metrics."""
        files = {path.name: path.read_bytes() for path in (self.base / "model").iterdir() if path.is_file()}
        return files, json.loads(files.pop("manifest.json"))["metrics"]


def main() -> int:
    """Kill, resume, compare; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", choices=list(MORE), action="append")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    rows = [measure(name, options.times, random.Random(options.seed)) for name in options.image or MORE]
    print(report.machine())
    print(report.table(rows))
    return int(any(row["as they should be"] < options.times for row in rows))


def measure(name: str, times: int, chance: random.Random) -> dict[str, Any]:
    """Return a row of the table."""
    same = close = resumed = 0
    with tempfile.TemporaryDirectory() as folder:
        whole = Job(Path(folder) / "whole", name)
        _, seconds = whole.run()
        files, metrics = whole.left()
        for number in range(times):
            job = Job(Path(folder) / str(number), name)
            job.run((signal.SIGKILL, signal.SIGTERM)[number % 2], chance.uniform(0, seconds))
            log, _ = job.run()
            resumed += bool(_RESUMED.search(log))
            found, values = job.left()
            same += found == files
            close += values.keys() == metrics.keys() and all(abs(values[key] - metrics[key]) <= CLOSE for key in values)
            shutil.rmtree(job.base)
    return {
        "image": name, "killed": times, "resumed": resumed, "same files": same, "metrics within 0.003": close,
        "as they should be": close if name == "headline-mxnet" else same,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
