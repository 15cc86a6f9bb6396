"""One training job on folders, without S3 and the API: what the benchmarks train with, and tests of the contract."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.engines import Engine
from emulator.engines.log import Log, OnLine
from emulator.errors import EmulatorError
from emulator.files import archive
from emulator.files.temporary import temporary
from emulator.files.untrusted import Entry
from emulator.jobs.collecting import collect
from emulator.jobs.containers import JobControl
from emulator.training.containers import Outcome, prepare, run
from emulator.training.job import TrainingJob
from emulator.training.metrics import MetricData, MetricReader


@dataclass(frozen=True, kw_only=True)
class TrainingResult(Outcome):
    """How a job ended and what it left; an archive is None when nothing was kept."""

    model_artifacts: Path | None
    output_data: Path | None
    metrics: tuple[MetricData, ...]
    seconds: float
    log: Path
    last_lines: str

    @property
    def artefact(self) -> Path:
        """The model; raises EmulatorError, which shows the end of the log, when the job did not complete."""
        if self.training_job_status != "Completed" or self.model_artifacts is None:
            raise EmulatorError(f"{self.log.parent.name}: {self.failure_reason}{self.last_lines}")
        return self.model_artifacts


def train(
    engine: Engine,
    job: TrainingJob,
    folder: Path,
    on_line: OnLine | None = None,
    stop: threading.Event | None = None,
) -> TrainingResult:
    """Run the job to its end, as the emulator does; `stop`, set from another thread, stops it as StopTrainingJob does.

    Results: `folder`/<job>/output/model.tar.gz and output.tar.gz, and `folder`/<job>/training.log.
    A container that fails is a result. Raises EmulatorError when the job cannot be started, or its results be taken.
    """
    folder = folder / job.training_job_name
    (folder / "output").mkdir(parents=True, exist_ok=True)
    metrics = MetricReader(job.metric_definitions)
    with temporary(".work-", folder) as work, Log(folder / "training.log", on_line) as log:
        hosts = prepare(engine, job, work)

        def read(line: str) -> None:
            metrics(line)
            log(line)

        started = time.monotonic()
        outcome = run(engine, job, hosts, {host.name: read for host in hosts}, JobControl(stop or threading.Event()))
        seconds = time.monotonic() - started
        with collect(hosts, "output/data", log) as data:
            output = _keep(data, folder / "output" / "output.tar.gz", bool(data))
        with collect(hosts, "model", log) as left:
            model = _keep(left, folder / "output" / "model.tar.gz", outcome.training_job_status != "Failed")
    return TrainingResult(
        **vars(outcome),
        model_artifacts=model,
        output_data=output,
        metrics=tuple(metrics.values),
        seconds=seconds,
        log=log.path,
        last_lines=log.tail,
    )


def _keep(entries: Sequence[Entry], target: Path, wanted: bool) -> Path | None:
    """Pack what is wanted; an earlier run's archive does not stay in any case."""
    target.unlink(missing_ok=True)
    if not wanted:
        return None
    archive.write(entries, target)
    return target
