"""Servers that `bench.serving` starts itself: the reference, and ours with a model that costs nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from emulator.serving import health

REPOSITORY = Path(__file__).resolve().parents[1]
Address = tuple[str, int]


class Local(NamedTuple):
    """A server on this machine: its address, and its process where that is known."""

    address: Address
    pid: int = 0


@contextmanager
def hello() -> Iterator[Local]:
    """Run the reference, with as many workers as there are processors."""
    workers = f"--workers={len(os.sched_getaffinity(0))}"
    with _running(["-m", "gunicorn", workers, "bench.hello:app", "--bind=127.0.0.1:{port}"]) as local:
        yield local


@contextmanager
def tiny() -> Iterator[Local]:
    """Run `serve` with `bench.tiny`."""
    with _running(["-c", "from smcontract.server.serve import main; main()"]) as local:
        yield local


@contextmanager
def _running(command: Sequence[str]) -> Iterator[Local]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address: Address = free.getsockname()
    port = str(address[1])
    environ = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "SAGEMAKER_SERVING_MODULE": "bench.tiny:Handler",
        "SAGEMAKER_BIND_TO_PORT": port,
    }
    with subprocess.Popen(
        [sys.executable, *(part.replace("{port}", port) for part in command)],
        cwd=REPOSITORY,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            health.wait_until_healthy(address, lambda: process.poll() is None, limit=30)
            yield Local(address, process.pid)
        finally:
            process.terminate()
