"""Runs the containers of one training job through the train contract, on a folder for each host's /opt/ml.

`prepare` writes the folders, `run` runs the containers to their end; emulator.training.collecting takes what they left.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from emulator.engines import Container, Engine, Exit, Launch
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError
from emulator.files.untrusted import Folder, FolderError
from emulator.resources import failures
from emulator.training import layout
from emulator.training.job import TrainingJob
from emulator.training.layout import Host

STOP_GRACE_SECONDS = 120  # between SIGTERM and SIGKILL
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class JobControl:
    """Controls a job while it runs: `stop` ends it in order, `abandon` at once. `on_poll` is called often."""

    stop: threading.Event = field(default_factory=threading.Event)
    abandon: threading.Event = field(default_factory=threading.Event)
    on_poll: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Outcome:
    """How a job ended, in the API's words; the exit code is that of the host that decided it, if one did."""

    training_job_status: str
    secondary_status: str
    failure_reason: str | None = None
    exit_code: int | None = None


class AbandonedError(EmulatorError):
    """The job was abandoned: its containers are gone, and what they left counts for nothing."""


def prepare(engine: Engine, job: TrainingJob, work: Path) -> tuple[Host, ...]:
    """Lay out /opt/ml for every host below `work`, which must be empty; raises as `layout.write` does."""
    hosts = tuple(Host(name, work / name / "ml") for name in layout.hosts(job.instance_count))
    for host in hosts:
        layout.write(host.opt_ml, job, host.name, engine.sees(host.opt_ml))
    return hosts


def run(
    engine: Engine, job: TrainingJob, hosts: Sequence[Host], on_lines: Mapping[str, OnLine], control: JobControl
) -> Outcome:
    """Run the containers of all hosts to their end. One that fails ends the others: the job has failed.

    `on_lines` holds what gets each host's lines, by its name. Raises EmulatorError when one cannot be started,
    AbandonedError when the job is abandoned, and what an OnLine raises.
    """
    with ExitStack() as stack:
        network = None
        if len(hosts) > 1:
            network = stack.enter_context(engine.network(job.training_job_name, job.enable_network_isolation))
        running = {}
        for host in hosts:
            started = engine.start(_launch(job, host, network), on_lines[host.name])
            running[host] = stack.enter_context(started)
        host, ended, stopped = _follow(running, job.max_runtime_in_seconds, control)
    if stopped:
        return Outcome("Stopped", stopped, None, ended.code)
    if ended.code == 0:
        return Outcome("Completed", "Completed", None, 0)
    reason = f"AlgorithmError: {_cause(host.opt_ml, ended)}"
    return Outcome("Failed", "Failed", reason, ended.code)


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


def _follow(containers: Mapping[Host, Container], limit: float, control: JobControl) -> tuple[Host, Exit, str | None]:
    """Wait for the end: the host that decided it, and the secondary status when the job was stopped."""
    deadline = time.monotonic() + limit
    running = dict(containers)
    while True:
        for host, container in list(running.items()):
            if ended := container.wait(POLL_SECONDS / len(running)):
                del running[host]
                if ended.code or not running:
                    return host, ended, None
        if control.abandon.is_set():
            raise AbandonedError("the job was abandoned")
        if control.stop.is_set():
            return *_stop(running, control), "Stopped"
        if time.monotonic() > deadline:
            return *_stop(running, control), "MaxRuntimeExceeded"
        control.on_poll()


def _stop(running: Mapping[Host, Container], control: JobControl) -> tuple[Host, Exit]:
    """End them as the service does: SIGTERM to all, then SIGKILL to those that have not ended in time."""
    for container in running.values():
        container.terminate()
    deadline = time.monotonic() + STOP_GRACE_SECONDS
    while any(container.wait(POLL_SECONDS / len(running)) is None for container in running.values()):
        if control.abandon.is_set():
            raise AbandonedError("the job was abandoned")
        if time.monotonic() > deadline:
            break
        control.on_poll()
    exits = {host: container.wait(0) or container.kill() for host, container in running.items()}
    return next(iter(exits.items()))


def _cause(opt_ml: Path, ended: Exit) -> str:
    """The failure file's text and the exit code, within the limit; how it ended when the file does not exist."""
    end = f", {ended}"
    text, without = "", "the container wrote no /opt/ml/output/failure"
    try:
        with Folder(opt_ml, "output") as output, output.open("failure") as file:
            text = file.read(4 * failures.MAX_CHARACTERS).decode("utf-8", "replace")[: failures.MAX_CHARACTERS].strip()
    except FileNotFoundError:
        pass
    except (FolderError, OSError) as error:
        without = f"/opt/ml/output/failure cannot be read: {error}"
    if not text:
        return f"{ended}; {without}"
    return text[: failures.MAX_CHARACTERS - len("AlgorithmError: ") - len(end)] + end
