"""Our server beside those of others, with one XGBoost model of 5,000 columns: `make peers`, `python -m bench.peers`.

MLflow's scoring server and MLServer, each as its documentation starts it, with as many workers as there are processors,
and xgboost-sentiment with `input` features. wrk sends one row a request over 4 connections that stay open, as JSON,
which all three take, and to ours as CSV and libsvm too.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import local, report, serving, wrk
from bench.workloads import COLUMNS, ROWS, libsvm

PROGRAMS = serving.REPOSITORY / ".venvs" / "peers" / "bin"
SENT = 500  # rows, in turn
SAVE = """
import sys, mlflow.xgboost, xgboost
booster = xgboost.Booster(model_file=sys.argv[1])
booster.save_model(sys.argv[2] + "/model.ubj")
mlflow.xgboost.save_model(booster, sys.argv[2] + "/mlflow")
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=serving.DATA, help="folder with the demo's packages of data")
    parser.add_argument("--seconds", type=int, default=15, help="for each measurement (default: 15)")
    parser.set_defaults(image=ROWS.image, engine="process", url=None, model=None)
    arguments = parser.parse_args()
    if not PROGRAMS.is_dir():
        parser.error(f"{PROGRAMS.parent} is missing: `make peers` makes it")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = ROWS.read(arguments.data, work / "train")[:SENT]
        arguments.model = ROWS.fit(serving.engine_for(arguments, ROWS), work)
        table = measure(arguments, work, rows)
    cells = [
        {
            "server": name,
            "requests/s": round(load.requests_per_second),
            "p50, ms": load.p50,
            "p99, ms": load.p99,
            "errors": load.errors,
        }
        for name, load in table
    ]
    print(f"{report.machine()}; a request is one row of {COLUMNS:,} numbers\n\n{report.table(cells)}")
    return 0


def measure(arguments: argparse.Namespace, work: Path, rows: Sequence[str]) -> list[tuple[str, wrk.Load]]:
    """Load the servers one after the other."""
    with tarfile.open(arguments.model) as archive:
        archive.extract("xgboost-model", work, filter="data")
    subprocess.run([PROGRAMS / "python", "-c", SAVE, work / "xgboost-model", work], check=True)
    instances = [json.dumps({"instances": [json.loads(f"[{row}]")]}) for row in rows]
    found = []

    def load(name: str, url: str, bodies: Sequence[str], content_type: str = "application/json") -> None:
        wrk.run(url, bodies, serving.CONNECTIONS, serving.WARM_UP_SECONDS, content_type)
        found.append((name, wrk.run(url, bodies, serving.CONNECTIONS, arguments.seconds, content_type)))

    with local.hello() as reference:
        load("hello", "http://{}:{}/invocations".format(*reference.address), instances)
    with mlflow(work) as address:
        load("MLflow's scoring server", f"{address}/invocations", instances)
    with mlserver(work) as address:
        load("MLServer", f"{address}/v2/models/rows/infer", [v2(row) for row in rows])
    with serving.server(arguments, ROWS, work) as (ours, _):
        address = "http://{}:{}/invocations".format(*ours.address)
        load("xgboost-sentiment, JSON", address, instances)
        load("xgboost-sentiment, CSV", address, rows, "text/csv")
        load("xgboost-sentiment, libsvm", address, list(map(libsvm, rows)), "text/libsvm")
    return found


def v2(row: str) -> str:
    """A row as a request of the Open Inference Protocol.

    Example:
        >>> v2("0,7")
        '{"inputs": [{"name": "row", "shape": [1, 2], "datatype": "FP32", "data": [0, 7]}]}'
    """
    data = json.loads(f"[{row}]")
    return json.dumps({"inputs": [{"name": "row", "shape": [1, len(data)], "datatype": "FP32", "data": data}]})


@contextmanager
def mlflow(work: Path) -> Iterator[str]:
    """Run MLflow's scoring server; yield its address."""
    (port,) = free_ports(1)
    where = ("--host", "127.0.0.1", "--port", str(port), "--workers", str(processors()))
    serve = ("mlflow", "models", "serve", "--model-uri", str(work / "mlflow"), "--env-manager", "local", *where)
    with running(serve, work, f"http://127.0.0.1:{port}", "/ping") as address:
        yield address


@contextmanager
def mlserver(work: Path) -> Iterator[str]:
    """Run MLServer; yield its address."""
    folder = work / "rows"
    folder.mkdir()
    http, grpc, metrics = free_ports(3)
    ports = {"http_port": http, "grpc_port": grpc, "metrics_port": metrics}
    settings = {"host": "127.0.0.1", **ports, "parallel_workers": processors(), "debug": False}
    model = {"name": "rows", "implementation": "mlserver_xgboost.XGBoostModel"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps({**model, "parameters": {"uri": str(work / "model.ubj")}}))
    with running(
        ("mlserver", "start", str(folder)), work, f"http://127.0.0.1:{http}", "/v2/models/rows/ready"
    ) as address:
        yield address


@contextmanager
def running(command: Sequence[str], work: Path, address: str, health: str) -> Iterator[str]:
    """Run a program of the peers' environment until the block ends; yield its address when it is healthy."""
    environ = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    with (work / "peer.log").open("w") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(address + health, timeout=5):
                    break
            except OSError:
                time.sleep(0.5)
        else:
            raise TimeoutError(f"{command[0]} does not become healthy:\n{(work / 'peer.log').read_text()[-2000:]}")
        yield address
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def free_ports(number: int) -> list[int]:
    """Return `number` ports that nobody uses."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    sys.exit(main())
