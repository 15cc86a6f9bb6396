"""A job as a run of an MLflow tracking server, by its REST API, version 2.0.

Five calls of documented JSON, for which the standard library is enough: MLflow's own client would bring thirty packages
into the driver's environment.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from driver.errors import DriverError
from driver.report.gather import Job

EXPERIMENT = "sagemaker-text"
SECONDS = 30
MOST_PARAMS, MOST_METRICS = 100, 1000
"""Of one log-batch: MLflow's limits."""
LONGEST = 500
"""Characters of a parameter's value: the limit of older servers."""
_STATUS = {"Completed": "FINISHED", "Failed": "FAILED", "Stopped": "KILLED"}


class Tracking:
    """A tracking server at `uri`, such as http://127.0.0.1:5000. Raises DriverError for an address that is none."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DriverError(f"--mlflow is {uri!r}: give a tracking server's address, such as http://127.0.0.1:5000")
        self._uri = uri.rstrip("/")

    def log(self, job: Job, files: Mapping[str, bytes]) -> str:
        """Make a run of a job, with its parameters, metrics and files; return the run's page. Raises DriverError."""
        experiment = self._experiment()
        started = _milliseconds(job.description.get("TrainingStartTime") or job.description.get("CreationTime"))
        tags = {"mlflow.runName": job.name, "sagemaker.training_job": job.name, "sagemaker.image": job.image,
                "sagemaker.status": job.status}  # fmt: skip
        if arn := job.description.get("TrainingJobArn"):
            tags["sagemaker.training_job_arn"] = arn
        run = self._call("runs/create", {
            "experiment_id": experiment, "run_name": job.name, "start_time": started, "tags": _pairs(tags),
        })["run"]["info"]  # fmt: skip
        identity = run["run_id"]
        for batch in _batches(_pairs(_parameters(job)), MOST_PARAMS):
            self._call("runs/log-batch", {"run_id": identity, "params": batch})
        for batch in _batches(_metrics(job, started), MOST_METRICS):
            self._call("runs/log-batch", {"run_id": identity, "metrics": batch})
        self._upload(str(run.get("artifact_uri", "")), files)
        ended = _milliseconds(job.description.get("TrainingEndTime"))
        self._call("runs/update", {"run_id": identity, "status": _STATUS.get(job.status, "RUNNING"), "end_time": ended})
        return f"{self._uri}/#/experiments/{experiment}/runs/{identity}"

    def _experiment(self) -> str:
        try:
            found = self._call(f"experiments/get-by-name?{urlencode({'experiment_name': EXPERIMENT})}", None)
            return str(found["experiment"]["experiment_id"])
        except _MissingError:
            return str(self._call("experiments/create", {"name": EXPERIMENT})["experiment_id"])

    def _upload(self, place: str, files: Mapping[str, bytes]) -> None:
        """Give the run its files, if the server keeps artefacts itself: others are kept where only its client can."""
        scheme, _, path = place.partition(":")
        if scheme != "mlflow-artifacts":
            return
        folder = urlsplit(f"http:{path}").path.strip("/")
        for name, content in files.items():
            url = f"{self._uri}/api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{name}')}"
            self._send(urllib.request.Request(url, content, {"Content-Type": "application/octet-stream"}, method="PUT"))

    def _call(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        content = None if body is None else json.dumps({k: v for k, v in body.items() if v is not None}).encode()
        request = urllib.request.Request(
            f"{self._uri}/api/2.0/mlflow/{path}", content, {"Content-Type": "application/json"}
        )
        try:
            answer = json.loads(self._send(request) or b"{}")
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise DriverError(f"{self._uri} is not an MLflow tracking server: it answers without JSON; check --mlflow")
        return answer

    def _send(self, request: urllib.request.Request) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            said = error.read(1000).decode(errors="replace")
            if error.code == http.HTTPStatus.NOT_FOUND and "RESOURCE_DOES_NOT_EXIST" in said:
                raise _MissingError(f"{self._uri}: {said}") from error
            raise DriverError(
                f"the MLflow server {self._uri} answers {error.code}: {' '.join(said.split())[:200]}; check "
                "--mlflow, and the server's log"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise DriverError(
                f"cannot reach the MLflow server {self._uri} ({reason}): check the address, and that it is running"
            ) from error


class _MissingError(DriverError):
    """The server has no such thing."""


def _parameters(job: Job) -> dict[str, str]:
    used = job.evaluation.get("settings", {}).get("hyperparameters", {}) if job.evaluation else {}
    values = {**job.description.get("HyperParameters", {}), **used}
    machine = job.description.get("ResourceConfig", {})
    values |= {f"sagemaker.{name}": machine[name] for name in ("InstanceType", "InstanceCount") if name in machine}
    return {_name(name): _text(value)[:LONGEST] for name, value in values.items()}


def _metrics(job: Job, started: int) -> list[dict[str, Any]]:
    """Every round's metrics, by step, and the last values; `test:accuracy` is test/accuracy there."""
    lines = job.evaluation["metrics"]["history"] if job.evaluation else []
    found = [
        {"key": _name(name), "value": value, "timestamp": started, "step": int(line["epoch"])}
        for line in lines
        if "epoch" in line and "label" not in line
        for name, value in line.items()
        if name != "epoch" and isinstance(value, int | float)
    ]
    rounds = {each["key"] for each in found}
    last = max((each["step"] for each in found), default=0)
    found += [
        {"key": _name(name), "value": value, "timestamp": started, "step": last}
        for name, value in job.metrics.items()
        if value is not None and _name(name) not in rounds
    ]
    return found


def _name(name: str) -> str:
    """A name as every MLflow server takes it.

    Example:
        >>> _name("test:recall:Sci/Tech?")
        'test/recall/Sci/Tech_'
    """
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name.replace(":", "/"))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _milliseconds(moment: object) -> int:
    return int((moment.timestamp() if isinstance(moment, datetime) else time.time()) * 1000)
