"""Runs one training job through the train contract: /opt/ml in, model.tar.gz and output.tar.gz out.

`train` is a whole job on folders. Callers that act between the steps use these directly: `prepare`, `run`, `collect`.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from emulator.engines import Container, Engine, Exit, Launch
from emulator.engines.log import Log
from emulator.errors import EmulatorError
from emulator.files import archive
from emulator.files.temporary import temporary
from emulator.files.untrusted import Entry, Folder, FolderError
from emulator.training import layout
from emulator.training.collecting import collect
from emulator.training.job import TrainingJob
from emulator.training.layout import Host
from emulator.training.metrics import MetricData, MetricReader

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


@dataclass(frozen=True)
class Orders:
    """Controls a running job: `stop` it in order, or `abandon` it at once. `meanwhile` is called often."""

    stop: threading.Event = field(default_factory=threading.Event)
    abandon: threading.Event = field(default_factory=threading.Event)
    meanwhile: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Ended:
    """How the hosts of a job ended, in the API's words; the exit code is that of the host that decided it."""

    training_job_status: str
    secondary_status: str
    failure_reason: str | None
    exit_code: int


class AbandonedError(EmulatorError):
    """The job was abandoned: its containers are gone, and what they left counts for nothing."""


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
    with temporary(".work-", folder) as work, Log(folder / "training.log", on_line) as log:
        hosts = prepare(engine, job, work)

        def sink(line: str) -> None:
            metrics(line)
            log(line)

        started = time.monotonic()
        ended = run(engine, job, hosts, {host.name: sink for host in hosts}, Orders(stop or threading.Event()))
        seconds = time.monotonic() - started
        try:
            with collect(hosts, "output/data", log) as data:
                output = _kept(data, folder / "output" / "output.tar.gz", bool(data))
            with collect(hosts, "model", log) as left:
                wanted = ended.training_job_status != "Failed"
                model = _kept(left, folder / "output" / "model.tar.gz", wanted)
        except EmulatorError as error:
            output = model = None
            if ended.training_job_status != "Failed":
                ended = Ended("Failed", "Failed", f"ClientError: {error}", ended.exit_code)
        return TrainingResult(
            ended.training_job_status,
            ended.secondary_status,
            ended.failure_reason,
            ended.exit_code,
            model,
            output,
            metrics.final,
            tuple(metrics.values),
            seconds,
            log.path,
            log.tail,
        )


def prepare(engine: Engine, job: TrainingJob, work: Path) -> tuple[Host, ...]:
    """Lay out /opt/ml for every host below `work`, which must be empty; raises as `layout.write` does."""
    hosts = tuple(Host(name, work / name / "ml") for name in layout.hosts(job.instance_count))
    for host in hosts:
        layout.write(host.opt_ml, job, host.name, engine.sees(host.opt_ml))
    return hosts


def run(
    engine: Engine, job: TrainingJob, hosts: Sequence[Host], sinks: Mapping[str, Callable[[str], None]], orders: Orders
) -> Ended:
    """Run the containers of all hosts to their end. One that fails ends the others: the job has failed.

    `sinks` gets each host's lines, by its name. Raises EmulatorError when one cannot be started, AbandonedError after
    that order, and what a sink raises.
    """
    with ExitStack() as stack:
        network = None
        if len(hosts) > 1:
            network = stack.enter_context(engine.network(job.training_job_name, job.enable_network_isolation))
        running = {}
        for host in hosts:
            started = engine.start(_launch(job, host, network), sinks[host.name])
            running[host] = stack.enter_context(started)
        host, ended, order = _follow(running, job.max_runtime_in_seconds, orders)
    if order:
        return Ended("Stopped", order, None, ended.code)
    if ended.code == 0:
        return Ended("Completed", "Completed", None, 0)
    reason = f"AlgorithmError: {_cause(host.opt_ml, ended)}"
    return Ended("Failed", "Failed", reason, ended.code)


def _launch(job: TrainingJob, host: Host, network: str | None) -> Launch:
    arn = job.training_job_arn or f"arn:aws:sagemaker:local:000000000000:training-job/{job.training_job_name}"
    return Launch(
        job.training_job_name,
        "train",
        host.opt_ml,
        {**job.environment, "TRAINING_JOB_NAME": job.training_job_name, "TRAINING_JOB_ARN": arn},
        network_isolation=job.enable_network_isolation,
        memory_in_mb=job.memory_in_mb,
        entrypoint=job.container_entrypoint,
        arguments=job.container_arguments,
        hostname=host.name,
        network=network,
    )


def _follow(containers: Mapping[Host, Container], limit: float, orders: Orders) -> tuple[Host, Exit, str | None]:
    """Wait for the end: the host that decided it, and the secondary status when the end was ordered."""
    deadline = time.monotonic() + limit
    running = dict(containers)
    while True:
        for host, container in list(running.items()):
            if ended := container.wait(POLL_SECONDS / len(running)):
                del running[host]
                if ended.code or not running:
                    return host, ended, None
        if orders.abandon.is_set():
            raise AbandonedError("the job was abandoned")
        if orders.stop.is_set():
            return *_stop(running, orders), "Stopped"
        if time.monotonic() > deadline:
            return *_stop(running, orders), "MaxRuntimeExceeded"
        orders.meanwhile()


def _stop(running: Mapping[Host, Container], orders: Orders) -> tuple[Host, Exit]:
    """End them as the service does: SIGTERM to all, then SIGKILL to those that have not ended in time."""
    for container in running.values():
        container.terminate()
    deadline = time.monotonic() + STOP_GRACE_SECONDS
    while any(container.wait(POLL_SECONDS / len(running)) is None for container in running.values()):
        if orders.abandon.is_set():
            raise AbandonedError("the job was abandoned")
        if time.monotonic() > deadline:
            break
        orders.meanwhile()
    exits = {host: container.wait(0) or container.kill() for host, container in running.items()}
    return next(iter(exits.items()))


def _cause(opt_ml: Path, ended: Exit) -> str:
    """The failure file's text and the exit code, within the limit; how it ended when the file does not exist."""
    end = f", {ended}"
    text, without = "", "the container wrote no /opt/ml/output/failure"
    try:
        with Folder(opt_ml, "output") as output, output.open("failure") as file:
            text = file.read(4 * MAX_REASON_CHARACTERS).decode("utf-8", "replace")[:MAX_REASON_CHARACTERS].strip()
    except FileNotFoundError:
        pass
    except (FolderError, OSError) as error:
        without = f"/opt/ml/output/failure cannot be read: {error}"
    if not text:
        return f"{ended}; {without}"
    return text[: MAX_REASON_CHARACTERS - len("AlgorithmError: ") - len(end)] + end


def _kept(entries: Sequence[Entry], target: Path, wanted: bool) -> Path | None:
    """Pack entries, unless that is unwanted; an archive of an earlier run does not stay in any case."""
    target.unlink(missing_ok=True)
    if not wanted:
        return None
    archive.write(entries, target)
    return target
