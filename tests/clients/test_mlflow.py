"""`launch.py report --mlflow` against a real tracking server, from an environment of its own."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from driver.report.mlflow import EXPERIMENT, Tracking
from tests.clients.programs import ENVIRONMENTS
from tests.driver.report.documents import evaluation, job

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [ENVIRONMENTS / "mlflow" / "bin" / "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/runs.db",
               "--artifacts-destination", f"{folder}/artifacts"]  # fmt: skip
    environment = {**os.environ, "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        address = f"http://127.0.0.1:{port}"
        try:
            while not _answers(address):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5):
            return True
    except OSError:
        return False


def ask(address: str, path: str, body: Any) -> Any:
    content = json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/api/2.0/{path}", content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_job_becomes_a_run(server: str) -> None:
    content = evaluation()
    report = b"<!DOCTYPE html>"
    page = Tracking(server).log(job(content), {"report.html": report})
    Tracking(server).log(job(None, "failed-job", TrainingJobStatus="Failed"), {})
    experiment = ask(server, "mlflow/experiments/search", {"max_results": 9, "filter": f"name = '{EXPERIMENT}'"})
    (found,) = experiment["experiments"]
    runs = ask(server, "mlflow/runs/search", {"experiment_ids": [found["experiment_id"]]})["runs"]
    states = {run["info"]["run_name"]: run["info"]["status"] for run in runs}
    assert states == {"reviews": "FINISHED", "failed-job": "FAILED"}
    (run,) = [run for run in runs if run["info"]["run_name"] == "reviews"]
    identity = run["info"]["run_id"]
    assert page.endswith(f"/runs/{identity}")
    latest = json.loads(content)["metrics"]["latest"]
    logged = {metric["key"]: metric["value"] for metric in run["data"]["metrics"]}
    assert logged == {name.replace(":", "/"): value for name, value in latest.items()}
    assert {param["key"]: param["value"] for param in run["data"]["params"]} == {
        "num_round": "3", "note": "a review", "quick": "true",
        "sagemaker.InstanceType": "ml.m5.large", "sagemaker.InstanceCount": "1",
    }  # fmt: skip
    history = f"{server}/api/2.0/mlflow/metrics/get-history?run_id={identity}&metric_key=train/accuracy"
    with urllib.request.urlopen(history) as answer:
        steps = [(each["step"], each["value"]) for each in json.load(answer)["metrics"]]
    assert sorted(steps) == [(1, pytest.approx(0.8)), (2, pytest.approx(0.9)), (3, pytest.approx(1.0))]
    with urllib.request.urlopen(f"{server}/get-artifact?path=report.html&run_uuid={identity}") as answer:
        assert answer.read() == report
