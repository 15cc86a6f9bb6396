"""Requests to a served model in 1 GB of memory: damaged bodies, odd headers, bytes that are not HTTP, lost callers."""

import http.client
import json
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench import report
from bench.hostile import channels, wire
from bench.hostile.cases import HANG_SECONDS, Tally, rng_of, run
from bench.hostile.jobs import Job, of
from emulator.engines import DockerEngine, Launch
from emulator.engines.docker import DockerContainer, docker
from emulator.serving.client import request
from emulator.serving.health import wait_until_healthy

CALLERS = 4
MEMORY_MB = 1024
HEALTHY_SECONDS = 60
EXPECTED = ("2", "4", "503")  # how the status may begin


@dataclass
class Seen:
    """What the callers saw, together."""

    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak_mb: float = 0.0


def measure(image: str, count: int, seed: int, folder: Path) -> Tally:
    """Send `count` requests to the models of the image's jobs, from four callers at once."""
    jobs, seen = of(image), Seen()
    for job in jobs:
        channels.write(folder / "cases" / job.name, *channels.whole(job))
    run(image, "train", folder)
    for job in jobs:
        launch = Launch(
            "hostile", "serve", folder / "cases" / job.name, read_only=("model",), network_isolation=True,
            read_only_root=True, memory_in_mb=MEMORY_MB,
        )  # fmt: skip
        lines: list[str] = []
        with DockerEngine(f"{image}:dev").start(launch, lines.append) as container:
            healthy, history = wait_until_healthy(container.address, lambda: container.running, HEALTHY_SECONDS)
            if not healthy or not isinstance(container, DockerContainer):
                raise RuntimeError(f"{image}, {job.name}: never healthy: {history}")
            attack(container, job, f"{image}-{job.name}", -(-count // len(jobs)), seed, seen)
        seen.problems += [f"{job.name}: the log has {line!r}" for line in lines if "Traceback" in line][:3]
    outcomes = {**dict(sorted(seen.outcomes.items())), "MB at most": round(seen.peak_mb)}
    return Tally("requests", image, seen.outcomes.total(), outcomes, seen.slowest, seen.problems)


def attack(container: DockerContainer, job: Job, name: str, count: int, seed: int, seen: Seen) -> None:
    """Send the requests, and look whether the server is what it was before."""
    before = good(container.address, job)
    if before[0] != 200:
        raise RuntimeError(f"{name} answers its good request with {before}")

    def call(caller: int) -> None:
        for number in range(caller, count, CALLERS):
            attempt = wire.make(job, rng_of(seed, "request", name, number))
            began = time.monotonic()
            outcome = send(container.address, attempt)
            seconds = time.monotonic() - began
            seen.slowest = max(seen.slowest, seconds)
            seen.outcomes[outcome] += 1
            if (not outcome.startswith(EXPECTED) and outcome != attempt.instead) or seconds > HANG_SECONDS:
                seen.problems.append(f"{name}:{number}: {outcome} after {seconds:.1f} s")

    pid = int(docker("inspect", "--format", "{{.State.Pid}}", container.name))
    with report.peak_memory(pid) as peak:
        callers = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
        for thread in callers:
            thread.start()
        for thread in callers:
            thread.join()
    seen.peak_mb = max(seen.peak_mb, peak[0])
    if not container.running:
        seen.problems.append(f"{name} has ended")
    elif (after := good(container.address, job)) != before:
        seen.problems.append(f"{name} answers {after} to what it answered {before}")


def good(address: tuple[str, int], job: Job) -> tuple[int, bytes]:
    """The answer to the job's own request."""
    reply = request(
        address, "POST", "/invocations", job.request[1], {"Content-Type": job.media_type}, timeout=HANG_SECONDS
    )
    return reply.status, reply.body


def send(address: tuple[str, int], attempt: wire.Attempt) -> str:
    """Send the bytes over a connection of their own; return the status of the answer, or what came instead."""
    with socket.create_connection(address, timeout=HANG_SECONDS * 2) as line:
        try:
            line.sendall(attempt.content)
            if attempt.instead == wire.NOT_WAITED:
                return wire.NOT_WAITED
            if attempt.instead:
                line.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused unread: the answer says why
        try:
            return _answer(line, "HEAD" if attempt.content.startswith(b"HEAD ") else None)
        except TimeoutError:
            return "no answer"
        except (OSError, http.client.HTTPException):
            return wire.HUNG_UP


def _answer(line: socket.socket, method: str | None) -> str:
    response = http.client.HTTPResponse(line, method=method)
    response.begin()
    body = response.read()
    if response.status < 400:
        return str(response.status)
    try:
        sentence = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"not JSON: {response.status} {body[:80]!r}" if body else f"{response.status}"
    return f"traceback: {response.status}" if "Traceback" in sentence else str(response.status)
