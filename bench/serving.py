"""Speed of serving: `python -m bench.serving --image NAME --model model.tar.gz`; without one, a model is trained.

wrk sends real texts over connections that stay open: one a request over 4 connections, explained, over 256, and many a
request, while /ping is asked on connections of its own. The references, in the same run: a Flask application that
answers "hello" under gunicorn, with as many sync workers as processors, and our server with a model that costs nothing.
wrk shares the processors with the server. Fails when a requirement is missed.

`--cold-starts 20` starts the server that often instead, and compares the slowest start with the fastest: connections
that a client opens at once and keeps must not meet at one worker.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import local, report, wrk
from bench.local import Address, Local
from bench.workloads import WORKLOADS, Workload, bodies
from bench.wrk import Load
from emulator import engines
from emulator.engines import Engine, repository
from emulator.engines.docker import DockerEngine
from emulator.serving import health
from emulator.serving.container import ModelSpecification, ServingContainer

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / ".cache" / "data"
CONNECTIONS, CROWD = 4, 256
COLD_START_SHARE = 0.9  # of the fastest start, that the slowest must reach
WARM_UP_SECONDS = 2
PING_PAUSE_SECONDS = 0.05


class Row(NamedTuple):
    """One measurement: whom, what wrk sent and saw; the slowest /ping in milliseconds, processor microseconds."""

    server: str
    size: int
    connections: int
    load: Load
    slowest_ping: float
    cpu: float | None


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
    parser.add_argument("--cold-starts", type=int, metavar="N", help="start the server N times, and compare")
    arguments = parser.parse_args()
    if not wrk.installed():
        parser.error("wrk is not installed: on Debian, apt-get install wrk")
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is missing: `make demo` installs it; use --data for another folder")
    workload = WORKLOADS[arguments.image]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        texts = workload.read(arguments.data, work / "train")
        if arguments.cold_starts:
            return cold_starts(arguments, workload, work, texts)
        with local.hello() as reference:
            rows = [measure("hello", reference, texts, 1, arguments.seconds)]
        with local.tiny() as ours:
            rows += [measure("tiny model", ours, texts, 1, arguments.seconds)]
        with server(arguments, workload, work) as (found, start):
            name, seconds = workload.image, arguments.seconds
            single = measure(name, found, texts, 1, seconds)
            explained = measure(f"{name}, explained", found, texts, 1, seconds, explain=True)
            crowd = measure(name, found, texts, 1, seconds, CROWD)
            many = measure(name, found, texts, workload.many, seconds)
    print(f"{report.machine()}\n")
    print(table([*rows, single, explained, crowd, many], workload.unit))
    if start is not None:
        print(f"\nFrom start to the first healthy /ping: {start:.1f} s")
    problems = missed(workload, single, many, start)
    if explained.load.requests_per_second < workload.required.explained_per_second:
        problems.append(f"fewer than {workload.required.explained_per_second:,} explained requests/s")
    problems += [f"{row.load.errors} errors: {row.server}" for row in (explained, crowd) if row.load.errors]
    print("\n" + ("\n".join(problems) or "All requirements are met."))
    return len(problems) > 0


def measure(
    name: str,
    server: Local,
    texts: Sequence[str],
    size: int,
    seconds: int,
    connections: int = CONNECTIONS,
    explain: bool = False,
) -> Row:
    """Load a server with requests of `size` texts."""
    more = {"explain": True} if explain else {}
    requests = [json.dumps({"instances": instances, **more}) for instances in bodies(texts, size)]
    return load(name, server, requests, size, seconds, connections)


def load(
    name: str,
    server: Local,
    requests: Sequence[str],
    size: int,
    seconds: int,
    connections: int = CONNECTIONS,
    content_type: str = "application/json",
) -> Row:
    """Load a server with requests of `size` records."""
    url = f"http://{server.address[0]}:{server.address[1]}/invocations"
    wrk.run(url, requests, connections, WARM_UP_SECONDS, content_type)
    before = report.cpu_seconds(server.pid) if server.pid else 0
    with pings(server.address) as milliseconds:
        loaded = wrk.run(url, requests, connections, seconds, content_type)
    used = report.cpu_seconds(server.pid) - before if server.pid else 0
    cpu = used / (loaded.requests_per_second * seconds) * 1e6 if server.pid else None
    return Row(name, size, connections, loaded, max(milliseconds), cpu)


def cold_starts(arguments: argparse.Namespace, workload: Workload, work: Path, texts: Sequence[str]) -> int:
    """Start the server again and again, each time loaded as soon as it is healthy; return 1 if a start is much slower.

    Each is divided by what a server of the same model that stays reaches in turns with it, since the machine is not
    always as fast. Whether the workers share the connections does not depend on the machine: the busiest one's part of
    their processor time.
    """
    arguments.model = arguments.model or workload.fit(engine_for(arguments, workload), work)
    requests = [json.dumps({"instances": instances}) for instances in bodies(texts, 1)]
    shares = []
    with server(arguments, workload, work) as (stays, _):
        for number in range(1, arguments.cold_starts + 1):
            with server(arguments, workload, work) as (found, start):
                urls = [f"http://{host}:{port}/invocations" for host, port in (found.address, stays.address)]
                before = _used_by_workers(found)
                speeds = wrk.in_turns(urls, requests, CONNECTIONS, arguments.seconds)
                used = [after - before.get(worker, 0) for worker, after in _used_by_workers(found).items()]
            shares.append(speeds[0] / speeds[1])
            healthy = f"healthy after {start:.1f} s, " if start is not None else ""
            busiest = f", busiest worker {max(used) / sum(used):.0%}" if used else ""
            print(
                f"start {number}: {healthy}{speeds[0]:,.0f} requests/s, {shares[-1]:.2f} of the other's{busiest}",
                flush=True,
            )
    share = min(shares) / max(shares)
    print(f"The slowest start reaches {share:.0%} of the fastest; required are {COLD_START_SHARE:.0%}.")
    return share < COLD_START_SHARE


def _used_by_workers(server: Local) -> dict[int, float]:
    """The processor time of each worker, in seconds; nothing where the server's process is not known."""
    return {worker: report.cpu_seconds(worker) for worker in (report.children(server.pid) if server.pid else ())}


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
def server(arguments: argparse.Namespace, workload: Workload, work: Path) -> Iterator[tuple[Local, float | None]]:
    """The server to measure, and the seconds it took to become healthy if it was started here."""
    if arguments.url:
        host, _, port = arguments.url.removeprefix("http://").rstrip("/").partition(":")
        yield Local((host, int(port or 80))), None
        return
    engine = engine_for(arguments, workload)
    model = arguments.model or workload.fit(engine, work)
    if isinstance(engine, DockerEngine):
        with local.container(engine.tag, model) as started:
            yield started
        return
    with ServingContainer(engine, ModelSpecification("bench", model)) as endpoint:
        yield Local(endpoint.address), endpoint.seconds_to_healthy


def engine_for(arguments: argparse.Namespace, workload: Workload) -> Engine:
    """What runs the image of the workload."""
    return engines.choose(arguments.engine, repository.find(REPOSITORY, workload.image), REPOSITORY)


def table(rows: Sequence[Row], unit: str) -> str:
    """The measurements; the last column relates requests of one text to the first row."""
    return report.table(
        [
            {
                "server": row.server,
                f"{unit} a request": row.size,
                "connections": row.connections,
                "requests/s": round(row.load.requests_per_second),
                f"{unit}/s": round(row.load.requests_per_second * row.size),
                "p50, ms": row.load.p50,
                "p99, ms": row.load.p99,
                "errors": row.load.errors,
                "slowest /ping, ms": row.slowest_ping,
                "server's CPU, µs a request": row.cpu or "",
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
