"""Jobs of several hosts, one of which is lost: `python -m bench.lost_hosts`.

Trains each image's sample on three hosts, processes with loopback addresses, and kills one of them, drawn at random, at
a random moment after all have met. The others must end within 10 seconds, with its name in their failure files unless
they have done their part: at the end the first host alone measures and saves. Then all start again, and what they leave
is compared with an uninterrupted run: the model's files byte for byte, of networks the last metrics. Ends with exit
code 1 where one differs.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from smcontract.training import start

from bench import report
from driver import images
from emulator.engines.container import SHARED_CPUS
from emulator.engines.process import free_port

CLOSE = 0.003
MORE: Mapping[str, Mapping[str, str]] = {
    "xgboost-sentiment": {
        "booster": "gbtree", "num_round": "60", "subsample": "0.7", "colsample_bytree": "0.7", "nthread": "1",
    },
    "blazingtext-client": {"mode": "batch_skipgram", "epochs": "1000", "evaluation": "False"},
    "headline-mxnet": {"architecture": "wide-and-deep", "epochs": "15", "validation_fraction": "0.2"},
}  # fmt: skip
"""Hyperparameters beside those of the sample, so that training takes as long as the start of the program, or longer."""

LIMIT = 10.0  # seconds in which all hosts have ended
HANG = 300.0  # seconds without an end
CONTEXT = multiprocessing.get_context("forkserver")
PROGRAMS = ("xgboost_sentiment.train", "blazingtext_client.train", "headline_mxnet.start")

_ALL_HERE = "hosts are here"
_RESUMED = re.compile(r"resuming from \S+, after step \d+")


class Kill(NamedTuple):
    """Seconds after all hosts have met, and the number of the host that is killed."""

    after: float
    host: int


class Run(NamedTuple):
    """The first host's log; the seconds since all have met, or since the kill; the exit code of each host."""

    log: str
    seconds: float
    codes: Sequence[int]


class Job:
    """A job of an image on several hosts, each with the folder that SageMaker gives it."""

    def __init__(self, base: Path, name: str, hosts: int) -> None:
        image = images.find(name).folder
        document = tomllib.loads((image / "pyproject.toml").read_text("utf-8"))
        self.base, self._module = base, document["tool"]["image"]["environment"]["SAGEMAKER_TRAINING_MODULE"]
        self.names = [f"algo-{number + 1}" for number in range(hosts)]
        self._port = str(free_port())
        values = {**json.loads((image / "sample" / "hyperparameters.json").read_text("utf-8")), **MORE[name]}
        for number in range(hosts):
            self._lay_out(number, image / "sample", values)

    def _lay_out(self, number: int, sample: Path, values: Mapping[str, str]) -> None:
        place = self.base / self.names[number]
        channels = [path for path in sample.iterdir() if path.is_dir()]
        config = place / "input" / "config"
        config.mkdir(parents=True)
        (place / "output").mkdir()
        for file, content in {
            "hyperparameters": values,
            "inputdataconfig": {path.name: {"S3DistributionType": "ShardedByS3Key"} for path in channels},
            "resourceconfig": {"current_host": self.names[number], "hosts": self.names},
            "checkpointconfig": {"LocalPath": str(place / "checkpoints")},
        }.items():
            (config / f"{file}.json").write_text(json.dumps(content))
        for path in (file for channel in channels for file in channel.iterdir()):
            lines = path.read_text("utf-8").splitlines(keepends=True)
            channel = place / "input" / "data" / path.parent.name
            channel.mkdir(parents=True, exist_ok=True)
            (channel / f"{number}-{path.name}").write_text("".join(lines[number :: len(self.names)]), "utf-8")

    def run(self, kill: Kill | None = None) -> "Run":
        """Run the programs to their end, which one is killed before."""
        hosts = [self._start(number) for number in range(len(self.names))]
        hosts[0].wait_for(_ALL_HERE)
        began = time.monotonic()
        if kill:
            hosts[kill.host].wait(kill.after)
            hosts[kill.host].kill()
            began = time.monotonic()
        codes = [host.wait(HANG) for host in hosts]
        seconds = time.monotonic() - began
        if None in codes or (not kill and any(codes)):
            raise SystemExit(f"{self._module} ended with {codes}:\n" + "\n".join(host.log for host in hosts))
        return Run(hosts[0].log, seconds, [code or 0 for code in codes])

    def _start(self, number: int) -> "Program":
        variables = {
            "SAGEMAKER_BASE_DIR": str(self.base / self.names[number]), "SAGEMAKER_TRAINING_MODULE": self._module,
            "SAGEMAKER_HOST_PORT": self._port, "CHECKPOINT_SECONDS": "0.1", "TRAINING_JOB_NAME": "interrupted",
            "SAGEMAKER_HOST_ADDRESSES": ",".join(f"{name}=127.0.0.{place}" for place, name in enumerate(self.names, 2)),
        }  # fmt: skip
        return Program({**os.environ, **SHARED_CPUS, **variables}, self.base / self.names[number] / "log")

    def are_right(self, lost: int, codes: Sequence[int]) -> bool:
        """Whether each other host has failed by the name of the lost one, or had done its part by then."""
        cause = f"host {self.names[lost]} failed: "
        for number, name in enumerate(self.names):
            path = self.base / name / "output" / "failure"
            failure = path.read_text("utf-8") if path.exists() else ""
            if number != lost and not (failure.startswith(cause) if codes[number] else failure == ""):
                return False
        return True

    def left(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Return the model's files but for the manifest, which has the time, and its metrics."""
        folder = self.base / self.names[0] / "model"
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        return files, json.loads(files.pop("manifest.json"))["metrics"]


class Program:
    """`train`, forked from a process that has imported what it needs, which takes longer than the training."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._path = log
        self._process = CONTEXT.Process(target=_train, args=(environment, log), daemon=True)
        self._process.start()

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, or None if the program still runs when the time is up."""
        self._process.join(seconds)
        return self._process.exitcode

    def wait_for(self, words: str) -> None:
        """Wait for words in the log."""
        while words not in self.log:
            if self.wait(0.01) is not None and words not in self.log:
                raise SystemExit(f"no line with {words!r}:\n{self.log}")

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._path.read_text("utf-8") if self._path.exists() else ""


def _train(environment: Mapping[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["train"]
    with log.open("w") as file:
        for output in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), output.fileno())
    start.main()


def main() -> int:
    """Kill, resume, compare; print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", choices=list(MORE), action="append", help="only this one; may be repeated")
    parser.add_argument("--times", type=int, default=100, help="kills of each image (default: 100)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for each image: as many kills as fit")
    parser.add_argument("--hosts", type=int, default=3, help="of each job (default: 3)")
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    # Not SageMaker's toolkit, which reads the environment when it is imported, but what takes long of it.
    CONTEXT.set_forkserver_preload(
        ["bench.report", "driver.images", "emulator.engines", "boto3", "paramiko", *PROGRAMS]
    )
    rows = [
        measure(name, options.times, options.minutes * 60, random.Random(options.seed), options.hosts)
        for name in options.image or MORE
    ]
    print(f"{report.machine()}\n\n{report.table(rows)}")
    return int(any(row["as they should be"] < row["killed"] for row in rows))


def measure(name: str, times: int, limit: float, chance: random.Random, hosts: int) -> dict[str, Any]:
    """Kill up to `times` hosts, within about `limit` seconds; return a row of the table."""
    began = time.monotonic()
    killed = ended = resumed = same = close = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        whole = Job(Path(folder) / "whole", name, hosts)
        seconds = whole.run().seconds
        files, metrics = whole.left()
        for number in range(times):
            job = Job(Path(folder) / str(number), name, hosts)
            kill = Kill(chance.uniform(0, seconds), chance.randrange(hosts))
            end = job.run(kill)
            slowest = max(slowest, end.seconds)
            ended += end.seconds <= LIMIT and job.are_right(kill.host, end.codes)
            resumed += bool(_RESUMED.search(job.run().log))
            found, values = job.left()
            same += found == files
            close += values.keys() == metrics.keys() and all(abs(values[key] - metrics[key]) <= CLOSE for key in values)
            shutil.rmtree(job.base)
            killed = number + 1
            print(f"{name}, kill {killed}: ended {ended}, same {same}, close {close}", file=sys.stderr, flush=True)
            if time.monotonic() - began > limit:
                break
    return {
        "image": name, "hosts": hosts, "killed": killed, "others ended in time": ended,
        "slowest, seconds": slowest, "resumed": resumed, "same files": same, "metrics within 0.003": close,
        "as they should be": min(ended, close if name == "headline-mxnet" else same),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
