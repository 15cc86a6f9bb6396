"""Runs one training job through the train contract: /opt/ml in, model.tar.gz and output.tar.gz out."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emulator import archive, layout
from emulator.engines import Container, Engine, Exit, Launch
from emulator.errors import EmulatorError
from emulator.jobs import TrainingJob
from emulator.log import Log
from emulator.metrics import MetricData, MetricReader

STOP_GRACE_SECONDS = 120  # between SIGTERM and SIGKILL
MAX_REASON_CHARACTERS = 1024  # the API's limit on FailureReason
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class TrainingResult:
    """How a job ended: `training_job_status` Completed, Failed or Stopped. An archive is None when nothing was kept."""

    training_job_status: str
    secondary_status: str
    failure_reason: str | None
    exit_code: int
    model_artifacts: Path | None
    output_data: Path | None
    final_metric_data_list: tuple[MetricData, ...]
    metrics: tuple[MetricData, ...]
    training_time_in_seconds: float
    log: Path
    last_lines: str


def train(
    engine: Engine, job: TrainingJob, on_line: Callable[[str], None] | None = None, stop: threading.Event | None = None
) -> TrainingResult:
    """Run the job to its end; `stop` set from another thread stops it as StopTrainingJob does.

    Results: `output_path`/<job>/output/model.tar.gz and output.tar.gz, and `output_path`/<job>/training.log.
    A container that fails is a result, not an exception. Raises EmulatorError when the job cannot be started.
    """
    folder = job.output_path / job.training_job_name
    (folder / "output").mkdir(parents=True, exist_ok=True)
    metrics = MetricReader(job.metric_definitions)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=folder) as work, Log(folder / "training.log", on_line) as log:
        opt_ml = Path(work) / "ml"
        layout.write(opt_ml, job)

        def sink(line: str) -> None:
            metrics(line)
            log(line)

        started = time.monotonic()
        with engine.start(_launch(job, opt_ml), sink) as container:
            ended, stopped = _run(container, job.max_runtime_in_seconds, stop or threading.Event())
        seconds = time.monotonic() - started
        status, reason = _outcome(ended, stopped, opt_ml)
        try:
            data = opt_ml / "output" / "data"
            output = _kept(data, folder / "output" / "output.tar.gz", any(data.rglob("*")))
            model = _kept(opt_ml / "model", folder / "output" / "model.tar.gz", status != "Failed")
        except EmulatorError as error:
            output = model = None
            status, stopped, reason = "Failed", None, f"ClientError: {error}"
        return TrainingResult(
            status,
            stopped or status,
            reason,
            ended.code,
            model,
            output,
            metrics.final,
            tuple(metrics.values),
            seconds,
            log.path,
            log.tail,
        )


def _launch(job: TrainingJob, opt_ml: Path) -> Launch:
    identity = {
        "TRAINING_JOB_NAME": job.training_job_name,
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:local:000000000000:training-job/{job.training_job_name}",
    }
    return Launch(
        job.training_job_name,
        "train",
        opt_ml,
        {**job.environment, **identity},
        network_isolation=job.enable_network_isolation,
        memory_in_mb=job.memory_in_mb,
    )


def _run(container: Container, limit: float, stop: threading.Event) -> tuple[Exit, str | None]:
    """Wait for the end; the second value is the secondary status when the end was ordered."""
    deadline = time.monotonic() + limit
    while True:
        if ended := container.wait(POLL_SECONDS):
            return ended, None
        if stop.is_set():
            return container.stop(STOP_GRACE_SECONDS), "Stopped"
        if time.monotonic() > deadline:
            return container.stop(STOP_GRACE_SECONDS), "MaxRuntimeExceeded"


def _outcome(ended: Exit, stopped: str | None, opt_ml: Path) -> tuple[str, str | None]:
    """TrainingJobStatus and FailureReason."""
    if stopped:
        return "Stopped", None
    if ended.code == 0:
        return "Completed", None
    return "Failed", f"AlgorithmError: {_cause(opt_ml / 'output' / 'failure', ended)}"


def _cause(failure: Path, ended: Exit) -> str:
    """The failure file's text and the exit code, within the limit; the way it ended when there is no such file."""
    end = f", {ended}"
    text = ""
    if failure.is_file() and not failure.is_symlink():  # a link could name any file of this machine
        with failure.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_REASON_CHARACTERS).strip()
    if not text:
        return f"{ended}; the container wrote no /opt/ml/output/failure"
    return text[: MAX_REASON_CHARACTERS - len("AlgorithmError: ") - len(end)] + end


def _kept(folder: Path, target: Path, wanted: bool) -> Path | None:
    """Pack the folder, unless it is unwanted; an archive of an earlier run does not stay in any case."""
    target.unlink(missing_ok=True)
    if not wanted:
        return None
    archive.pack(folder, target)
    return target
