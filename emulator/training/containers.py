"""Runs the containers of one training job through the train contract, on a folder for each host's /opt/ml.

`prepare` writes the folders, `run` runs the containers to their end; emulator.jobs.collecting takes what they left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.engines import Engine, Launch
from emulator.engines.log import OnLine
from emulator.jobs import containers, hosts
from emulator.jobs.containers import JobControl
from emulator.jobs.hosts import Host
from emulator.resources import failures
from emulator.training import layout
from emulator.training.job import TrainingJob


@dataclass(frozen=True)
class Outcome:
    """How a job ended, in the API's words; the exit code is that of the host that decided it, if one did."""

    training_job_status: str
    secondary_status: str
    failure_reason: str | None = None
    exit_code: int | None = None


def prepare(engine: Engine, job: TrainingJob, work: Path) -> tuple[Host, ...]:
    """Lay out /opt/ml for every host below `work`, which must be empty; raises as `layout.write` does."""
    there = tuple(Host(name, work / name / "ml") for name in hosts.names(job.instance_count))
    for host in there:
        layout.write(host.opt_ml, job, host.name, engine.sees(host.opt_ml))
    return there


def run(
    engine: Engine, job: TrainingJob, hosts: Sequence[Host], on_lines: Mapping[str, OnLine], control: JobControl
) -> Outcome:
    """Run the containers of all hosts to their end, see emulator.jobs.containers. One that fails ends the others."""
    launches = {host: _launch(job, host) for host in hosts}
    end = containers.run(engine, launches, on_lines, job.max_runtime_in_seconds, control)
    if end.stopped:
        return Outcome("Stopped", end.stopped, None, end.exit.code)
    if end.exit.code == 0:
        return Outcome("Completed", "Completed", None, 0)
    fault = "AlgorithmError: "
    why = containers.cause(end.host.opt_ml, "failure", end.exit, failures.MAX_CHARACTERS - len(fault))
    return Outcome("Failed", "Failed", fault + why, end.exit.code)


def _launch(job: TrainingJob, host: Host) -> Launch:
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
    )
