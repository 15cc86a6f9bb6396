"""Each image's sample, trained by its own `train` program, killed at random moments, and resumed.

`python -m bench.interruptions` kills every job 20 times, by SIGKILL and by SIGTERM in turn, at moments spread over the
whole run: its start and the writing of the model too. After each it starts the job again with what a new host has, the
channels and the checkpoints, and compares with an uninterrupted run. Ends with exit code 1 unless

- the model's files are the same, byte for byte; of networks the metrics within 0.003,
- the steps after resuming are those that were not in the checkpoint, and no step is done twice but the one at hand,
- each kill leaves a whole model or none, and SIGTERM ends the program within 20 s.
"""

import argparse
import json
import math
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
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from bench import report
from driver import images

CLOSE = 0.003
LOOK = 1.0  # seconds: more than a moment between two checkpoints where a step is a word
TERM = 20.0  # seconds


class Kind(NamedTuple):
    """What is trained: hyperparameters by which training takes longer than the program's start."""

    image: str
    hyperparameters: Mapping[str, str]
    step: str = r"epoch=(\d+);"  # a line of the log
    is_exact: bool = True


KINDS: Mapping[str, Kind] = {
    "xgboost-sentiment": Kind(
        "xgboost-sentiment",
        {"booster": "gbtree", "min_count": "1", "num_round": "300", "subsample": "0.7", "colsample_bytree": "0.7"},
    ),
    "blazingtext-client, word vectors": Kind(
        "blazingtext-client",
        {"mode": "skipgram", "min_count": "1", "vector_dim": "10", "epochs": "30000", "evaluation": "False"},
        step="##### Alpha",
    ),
    "blazingtext-client, supervised": Kind(
        "blazingtext-client",
        {
            "mode": "supervised", "min_count": "1", "vector_dim": "10", "word_ngrams": "2", "buckets": "1000",
            "epochs": "1000", "early_stopping": "True", "min_epochs": "1", "patience": "1000",
        },
    ),
    "headline-mxnet, wide": Kind(
        "headline-mxnet", {"architecture": "wide", "min_count": "1", "max_length": "12", "wide_epochs": "1000"}
    ),
    "headline-mxnet, wide-and-deep": Kind(
        "headline-mxnet",
        {
            "architecture": "wide-and-deep", "min_count": "1", "max_length": "12", "epochs": "50", "batch_size": "8",
            "embedding_dim": "8", "filters": "4", "pair_buckets": "0", "validation_fraction": "0.2",
        },
        is_exact=False,
    ),
}  # fmt: skip

_RESUMED = re.compile(r"resuming from \S+, after step (\d+)")


@dataclass
class Run:
    """What one run of the program has written, and when: seconds since its start of each step in the log.

    It took `used` seconds of a processor, until it was killed, and `ended` seconds from then on.
    """

    log: str = ""
    steps: list[float] = field(default_factory=list)
    used: float = 0.0
    ended: float = 0.0

    @property
    def resumed(self) -> int | None:
        """The step of the checkpoint that it began with."""
        found = _RESUMED.search(self.log)
        return int(found[1]) if found else None


class Job:
    """One job of an image in a folder of its own, as SageMaker lays it out."""

    def __init__(self, base: Path, kind: Kind) -> None:
        image = images.find(kind.image).folder
        document = tomllib.loads((image / "pyproject.toml").read_text("utf-8"))
        self.base, self._step = base, re.compile(kind.step)
        self._variables = {**document["tool"]["image"]["environment"], "SAGEMAKER_BASE_DIR": str(base)}
        sample = image / "sample"
        config = base / "input" / "config"
        config.mkdir(parents=True)
        (base / "output").mkdir()
        if kind.hyperparameters.get("mode") == "supervised":
            _label(base / "input" / "data")
        else:
            shutil.copytree(sample / "train", base / "input" / "data" / "train")
        for file, content in {
            "hyperparameters": kind.hyperparameters,
            "inputdataconfig": {path.name: {} for path in (base / "input" / "data").iterdir()},
            "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
            "checkpointconfig": {"LocalPath": str(base / "checkpoints")},
        }.items():
            (config / f"{file}.json").write_text(json.dumps(content))

    def run(self, kill: signal.Signals | None = None, after: float = math.inf) -> Run:
        """Run the program to its end, or kill it once it has used `after` seconds of processor time."""
        found, began, last = Run(), time.monotonic(), 0
        # One thread: small data take no more, and MXNet's would wait for each other by turning round and round.
        more = {"CHECKPOINT_SECONDS": "0", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            [Path(sys.executable).parent / "train"], env={**os.environ, **self._variables, **more},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            killer = Thread(target=_watch, args=(process, found, kill, after))
            killer.start()
            for line in process.stdout or ():
                found.log += line
                step = self._step.match(line)
                if step and (number := int((*step.groups(), last + 1)[0])) > last:  # the best epoch comes once more
                    last = number
                    found.steps.append(time.monotonic() - began)
            killer.join()
        if not kill and process.returncode:
            raise SystemExit(f"{self.base.name} ended with {process.returncode}:\n{found.log}")
        return found

    def files(self) -> dict[str, bytes]:
        """Return the model's files, if it is whole."""
        there = {path.name: path.read_bytes() for path in (self.base / "model").glob("[!.]*") if path.is_file()}
        return there if "manifest.json" in there else {}

    def steps(self) -> int:
        """Return the step of the newest checkpoint."""
        return max(int(path.name.split("-")[1]) for path in (self.base / "checkpoints").glob("checkpoint-*"))


def _watch(process: "subprocess.Popen[str]", run: Run, kill: signal.Signals | None, after: float) -> None:
    """Kill a program in time, which its own time is, however busy the machine; return when it has ended."""
    killed = math.inf
    while process.poll() is None:
        with suppress(OSError):
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            run.used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        if kill and run.used >= after and killed == math.inf:
            process.send_signal(kill)
            killed = time.monotonic()
        time.sleep(0.002)
    run.ended = max(0.0, time.monotonic() - killed)


def _label(data: Path) -> None:
    """Write the headlines of a sample as a classifier of BlazingText reads them, in two channels."""
    (csv,) = (images.find("headline-mxnet").folder / "sample" / "train").iterdir()
    lines = [f"__label__{line.replace(',', ' ', 1)}" for line in csv.read_text("utf-8").splitlines(keepends=True)]
    for channel, some in {"train": lines[8:], "validation": lines[:8]}.items():
        (data / channel).mkdir(parents=True)
        (data / channel / "text").write_text("".join(some), "utf-8")


def main() -> int:
    """Kill, resume, compare; print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(KINDS), action="append")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    found = [measure(name, options.times, random.Random(options.seed)) for name in options.only or KINDS]
    print(report.machine())
    print(report.table([row for row, _ in found]))
    faults = [fault for _, faults in found for fault in faults]
    print(*faults, sep="\n")
    return int(bool(faults))


def measure(name: str, times: int, chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    """Return a row of the table, and a sentence for each thing that is not as it should be."""
    kind, faults = KINDS[name], []
    trained = resumed = same = close = 0
    rounds = [0]
    repeated, slowest = [0.0], [0.0]
    with tempfile.TemporaryDirectory() as folder:
        whole = Job(Path(folder) / "whole", kind)
        run = whole.run()
        for number in range(times):
            signal_ = (signal.SIGKILL, signal.SIGTERM)[number % 2]
            job = Job(Path(folder) / str(number), kind)
            killed = job.run(signal_, run.used * (number + chance.random()) / times)
            left = job.files()
            shutil.rmtree(job.base / "model", ignore_errors=True)  # as on a new host
            again = job.run()
            case = _Case(whole, run, job, killed, again)
            print(
                f"{name} {number}: {signal_.name} after {killed.used:.2f} s of {run.used:.2f}, {case}", file=sys.stderr
            )
            found = case.faults(kind, left)
            faults += [f"{name} {number}, {signal_.name}: {fault}" for fault in found]
            trained += bool(killed.steps)
            resumed += again.resumed is not None
            same += case.is_same
            close += case.is_close
            rounds.append(case.rounds)
            repeated.append(case.repeated)
            slowest.append(killed.ended if signal_ is signal.SIGTERM else 0.0)
            shutil.rmtree(job.base)
    row = {
        "job": name, "killed": times, "in training or after": trained, "resumed": resumed, "same bytes": same,
        "metrics within 0.003": close, "steps in all": len(run.steps), "repeated at most": max(rounds),
        "in seconds": max(repeated), "SIGTERM to the end, s": max(slowest),
    }  # fmt: skip
    return row, faults


class _Case:
    """An interrupted job beside a whole one."""

    def __init__(self, whole: Job, run: Run, job: Job, killed: Run, again: Run) -> None:
        self._whole, self._job, self._run, self._killed, self._again = whole, job, run, killed, again
        self._size = whole.steps() // len(run.steps)  # steps of a line of the log: words of an epoch
        self._done = again.resumed or 0
        files, found = (dict(each.files()) for each in (whole, job))
        cards = [json.loads(each.pop("manifest.json")) for each in (files, found)]  # which have the time
        self.is_same = files == found
        metrics, values = (card["metrics"] for card in cards)
        self.is_close = metrics.keys() == values.keys() and all(
            abs(values[key] - metrics[key]) <= CLOSE for key in metrics
        )
        at = self._done // self._size
        self.rounds = max(0, len(killed.steps) - at)
        self.repeated = killed.steps[-1] - ([0.0, *killed.steps][at] or killed.steps[0]) if self.rounds else 0.0

    def __str__(self) -> str:
        return (
            f"{len(self._killed.steps)} lines; resumed after step {self._done}, {len(self._again.steps)} lines "
            f"of {len(self._run.steps)}"
        )

    def faults(self, kind: Kind, left: Mapping[str, bytes]) -> list[str]:
        """Return a sentence for each thing that is not as it should be."""
        total = self._whole.steps()
        missing = -(-(total - self._done) // self._size)
        # Where a step is a word, an epoch that was trained but not judged has its line when that is done.
        may_be = {missing, missing + 1} if self._size > 1 and self._done % self._size == 0 else {missing}
        checks = {
            f"{len(self._again.steps)} steps followed, not {missing}": len(self._again.steps) in may_be,
            f"{self.rounds} rounds repeated": self._size > 1 or self.rounds <= 1,
            f"{self.repeated:.1f} s repeated": self._size == 1 or self.repeated <= LOOK,
            "the model differs": self.is_same or not kind.is_exact,
            "the metrics differ": self.is_close,
            "a part of a model was left": not left or left.keys() == self._whole.files().keys(),
            f"it took {self._killed.ended:.0f} s to end": self._killed.ended < TERM,
        }
        return [fault for fault, is_fine in checks.items() if not is_fine]


if __name__ == "__main__":
    sys.exit(main())
