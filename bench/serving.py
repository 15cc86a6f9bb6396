"""Speed of serving: `python -m bench.serving --image NAME --model model.tar.gz`; without one, a model is trained.

wrk sends real texts over 4 connections that stay open, first one a request, then many, while /ping is asked on
connections of its own. The reference, in the same run: a Flask application that answers "hello" under gunicorn, with as
many sync workers as processors. wrk shares the processors with the server. Fails when a requirement is missed.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import report, wrk
from bench.workloads import WORKLOADS, Workload, bodies
from bench.wrk import Load
from emulator import engines
from emulator.engines import repository
from emulator.serving import health
from emulator.serving.container import ModelSpecification, ServingContainer

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / ".cache" / "data"
CONNECTIONS = 4
WARM_UP_SECONDS = 2
PING_PAUSE_SECONDS = 0.05

Address = tuple[str, int]


class Row(NamedTuple):
    """One measurement: whom, how many texts a request, what wrk saw, the slowest /ping meanwhile in milliseconds."""

    server: str
    size: int
    load: Load
    slowest_ping: float


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", choices=list(WORKLOADS), default="xgboost-sentiment")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--url", help="a server of that image that runs already, such as http://127.0.0.1:8080")
    source.add_argument("--model", type=Path, help="model.tar.gz of the image (default: train one)")
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="what runs the image")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the demo's packages of data")
    parser.add_argument("--seconds", type=int, default=15, help="for each measurement (default: 15)")
    arguments = parser.parse_args()
    if not wrk.installed():
        parser.error("wrk is not installed: on Debian, apt-get install wrk")
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is missing: `make demo` installs it; use --data for another folder")
    workload = WORKLOADS[arguments.image]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        texts = workload.read(arguments.data, work / "train")
        with hello() as address:
            reference = measure("hello", address, texts, 1, arguments.seconds)
        with server(arguments, workload, work) as (address, start):
            single, many = (
                measure(workload.image, address, texts, size, arguments.seconds) for size in (1, workload.many)
            )
    print(f"{report.machine()}, {CONNECTIONS} connections\n")
    print(table([reference, single, many], workload.unit))
    if start is not None:
        print(f"\nFrom start to the first healthy /ping: {start:.1f} s")
    problems = missed(workload, single, many, start)
    print("\n" + ("\n".join(problems) or "All requirements are met."))
    return len(problems) > 0


def measure(name: str, address: Address, texts: Sequence[str], size: int, seconds: int) -> Row:
    """Load a server with requests of `size` texts."""
    requests = [json.dumps({"instances": instances}) for instances in bodies(texts, size)]
    url = f"http://{address[0]}:{address[1]}/invocations"
    wrk.run(url, requests, CONNECTIONS, WARM_UP_SECONDS)
    with pings(address) as milliseconds:
        load = wrk.run(url, requests, CONNECTIONS, seconds)
    return Row(name, size, load, max(milliseconds))


@contextmanager
def pings(address: Address) -> Iterator[list[float]]:
    """Ask /ping again and again; yield the list that its times, in milliseconds, are added to (infinite if unwell)."""
    milliseconds: list[float] = []

    def ask() -> None:
        began = time.perf_counter()
        healthy = health.probe(address) == "200"
        milliseconds.append((time.perf_counter() - began) * 1e3 if healthy else float("inf"))

    with report.repeatedly(ask, PING_PAUSE_SECONDS):
        yield milliseconds


@contextmanager
def hello() -> Iterator[Address]:
    """Run the reference."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address: Address = free.getsockname()
    workers = f"--workers={len(os.sched_getaffinity(0))}"
    command = [sys.executable, "-m", "gunicorn", workers, f"--bind=127.0.0.1:{address[1]}", "bench.hello:app"]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL) as process:
        try:
            health.wait_until_healthy(address, lambda: process.poll() is None, limit=30)
            yield address
        finally:
            process.terminate()


@contextmanager
def server(arguments: argparse.Namespace, workload: Workload, work: Path) -> Iterator[tuple[Address, float | None]]:
    """The server to measure: its address, and the seconds it took to become healthy if it was started here."""
    if arguments.url:
        host, _, port = arguments.url.removeprefix("http://").rstrip("/").partition(":")
        yield (host, int(port or 80)), None
        return
    engine = engines.choose(arguments.engine, repository.find(REPOSITORY, workload.image), REPOSITORY)
    model = arguments.model or workload.fit(engine, work)
    with ServingContainer(engine, ModelSpecification("bench", model)) as endpoint:
        yield endpoint.address, endpoint.seconds_to_healthy


def table(rows: Sequence[Row], unit: str) -> str:
    """The measurements; the last column relates requests of one text to the first row."""
    return report.table(
        [
            {
                "server": row.server,
                f"{unit} a request": row.size,
                "requests/s": round(row.load.requests_per_second),
                f"{unit}/s": round(row.load.requests_per_second * row.size),
                "p50, ms": row.load.p50,
                "p99, ms": row.load.p99,
                "errors": row.load.errors,
                "slowest /ping, ms": row.slowest_ping,
                "of hello": _share(row, rows[0]),
            }
            for row in rows
        ]
    )


def _share(row: Row, reference: Row) -> str:
    return f"{row.load.requests_per_second / reference.load.requests_per_second:.0%}" if row.size == 1 else ""


def missed(workload: Workload, single: Row, many: Row, start: float | None) -> list[str]:
    """The requirements that are not met, in words."""
    required, unit = workload.required, workload.unit
    one = unit.removesuffix("s")
    ping = max(single.slowest_ping, many.slowest_ping)
    errors = single.load.errors + many.load.errors
    speed = many.load.requests_per_second * many.size
    checks = [
        (
            single.load.requests_per_second >= required.requests_per_second,
            f"fewer than {required.requests_per_second:,} requests/s of one {one}",
        ),
        (
            single.load.p99 < required.p99_ms,
            f"one request of one {one} in a hundred takes {required.p99_ms} ms or more",
        ),
        (
            speed >= required.texts_per_second,
            f"fewer than {required.texts_per_second:,} {unit}/s in requests of {many.size:,}",
        ),
        (errors == 0, f"{errors} errors"),
        (ping <= required.ping_ms, f"a /ping took more than {required.ping_ms} ms"),
        (start is None or start <= required.start_seconds, f"healthy only after {start} s"),
    ]
    return [sentence for good, sentence in checks if not good]


if __name__ == "__main__":
    sys.exit(main())
