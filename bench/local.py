"""Servers that `bench.serving` starts itself: the reference, ours with a model that costs nothing, containers."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from emulator.engines.container import PORT
from emulator.engines.docker import docker
from emulator.files import archive
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
def image(module: str, artefact: Path, environ: Mapping[str, str]) -> Iterator[Local]:
    """Run `serve` with an image's handler, such as `xgboost_sentiment.serve:Handler`, and its model.tar.gz."""
    with tempfile.TemporaryDirectory() as folder:
        archive.unpack(artefact, Path(folder, "model"))
        given = {**environ, "SAGEMAKER_SERVING_MODULE": module, "SAGEMAKER_BASE_DIR": folder}
        with _running(["-c", "from smcontract.server.serve import main; main()"], given) as local:
            yield local


@contextmanager
def container(tag: str, model: Path) -> Iterator[tuple[Local, float]]:
    """Run an image with a model.tar.gz; yield it, and the seconds from its start, as Docker says, to a healthy /ping.

    It is asked at its own address: between a published port and the container there is a program.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive.unpack(model, Path(folder))
        mount = f"type=bind,source={folder},target=/opt/ml/model,readonly"
        name = docker("create", "--mount", mount, tag, "serve")
        try:
            docker("start", name)
            address = (docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name), PORT)
            health.wait_until_healthy(address, lambda: True, limit=30)
            healthy = datetime.now(UTC)
            started = datetime.fromisoformat(docker("inspect", "--format", "{{.State.StartedAt}}", name))
            pid = int(docker("inspect", "--format", "{{.State.Pid}}", name))
            yield Local(address, pid), (healthy - started).total_seconds()
        finally:
            docker("rm", "--force", "--volumes", name)


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str] = MappingProxyType({})) -> Iterator[Local]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address: Address = free.getsockname()
    port = str(address[1])
    environ = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "SAGEMAKER_SERVING_MODULE": "bench.tiny:Handler",
        "SAGEMAKER_BIND_TO_PORT": port,
        **environ,
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
