"""Runs the containers of a job's hosts to their end, or stops them as the service does."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator.engines import Container, Engine, Exit, Launch
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError
from emulator.files.untrusted import Folder, FolderError
from emulator.jobs.hosts import Host

STOP_GRACE_SECONDS = 120  # between SIGTERM and SIGKILL
POLL_SECONDS = 0.2
INTERRUPTED = "Interrupted"  # why a job is stopped that has lost its hosts
MAX_CHARACTERS = 1024  # of a FailureReason or an ExitMessage


@dataclass(frozen=True)
class Interruption:
    """Hosts that are taken away, by their names: they get SIGKILL, or SIGTERM and 120 s."""

    hosts: frozenset[str]
    kills: bool


@dataclass(frozen=True)
class JobControl:
    """Controls a job while it runs: `stop` ends it in order, `abandon` at once. `on_poll` is called often.

    `interruption` is asked as often; with what it returns the job ends as one that has lost its hosts.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    abandon: threading.Event = field(default_factory=threading.Event)
    on_poll: Callable[[], None] = lambda: None
    interruption: Callable[[], Interruption | None] = lambda: None


@dataclass(frozen=True)
class End:
    """The host that decided how a job ended, and how its container did; `stopped` is why, when the job was stopped."""

    host: Host
    exit: Exit
    stopped: str | None


class AbandonedError(EmulatorError):
    """The job was abandoned: its containers are gone, and what they left counts for nothing."""


def run(
    engine: Engine,
    launches: Mapping[Host, Launch],
    on_lines: Mapping[str, OnLine],
    limit: float,
    control: JobControl,
) -> End:
    """Run the containers of all hosts to their end, for at most `limit` seconds. One that fails ends the others.

    `on_lines` holds what gets each host's lines, by its name. Raises EmulatorError when one cannot be started,
    AbandonedError when the job is abandoned, and what an OnLine raises.
    """
    with ExitStack() as stack:
        if len(launches) > 1:
            any_ = next(iter(launches.values()))
            names = [host.name for host in launches]
            network = stack.enter_context(engine.network(any_.name, names, any_.network_isolation))
            launches = {host: replace(launch, network=network) for host, launch in launches.items()}
        running = {}
        for host, launch in launches.items():
            running[host] = stack.enter_context(engine.start(launch, on_lines[host.name]))
        return _follow(running, limit, control)


def cause(opt_ml: Path, name: str, ended: Exit, most: int) -> str:
    """Return the text of a file in /opt/ml/output and the exit code, at most that long; how it ended without one."""
    end = f", {ended}"
    try:
        text = read(opt_ml, name)
        without = f"the container wrote no /opt/ml/output/{name}"
    except (FolderError, OSError) as error:
        text, without = "", f"/opt/ml/output/{name} cannot be read: {error}"
    return text[: most - len(end)] + end if text else f"{ended}; {without}"


def read(opt_ml: Path, name: str) -> str:
    """Return the beginning of a file in /opt/ml/output, "" without one. Raises FolderError for a link, OSError."""
    try:
        with Folder(opt_ml, "output") as output, output.open(name) as file:
            return file.read(4 * MAX_CHARACTERS).decode("utf-8", "replace")[:MAX_CHARACTERS].strip()
    except FileNotFoundError:
        return ""


def _follow(containers: Mapping[Host, Container], limit: float, control: JobControl) -> End:
    deadline = time.monotonic() + limit
    running = dict(containers)
    while True:
        for host, container in list(running.items()):
            if ended := container.wait(POLL_SECONDS / len(running)):
                del running[host]
                if ended.code or not running:
                    return End(host, ended, None)
        if control.abandon.is_set():
            raise AbandonedError("the job was abandoned")
        if control.stop.is_set():
            return _stop(running, control, "Stopped")
        if time.monotonic() > deadline:
            return _stop(running, control, "MaxRuntimeExceeded")
        if interruption := control.interruption():
            return _interrupt(running, control, interruption)
        control.on_poll()


def _interrupt(running: Mapping[Host, Container], control: JobControl, interruption: Interruption) -> End:
    """Take hosts away; those that stay cannot do without them, and end in order."""
    left = dict(running)
    ended: Exit | None = None
    for host in [host for host in running if interruption.kills and host.name in interruption.hosts]:
        ended = left.pop(host).kill()
    return _stop(left, control, INTERRUPTED) if left or not ended else End(next(iter(running)), ended, INTERRUPTED)


def _stop(running: Mapping[Host, Container], control: JobControl, why: str) -> End:
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
    return End(*next(iter(exits.items())), why)
