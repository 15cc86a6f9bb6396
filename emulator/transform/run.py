"""Carries out one transform job of the API: from S3 to S3, with its statuses and its log."""

import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.aws import locations
from emulator.errors import EmulatorError
from emulator.files.temporary import temporary
from emulator.hosting import model_data
from emulator.platform import Platform
from emulator.resources import failures, unheeded
from emulator.resources.kinds import JobKind
from emulator.transform import requests
from emulator.transform.containers import StoppedError, TransformResult, transform
from emulator.transform.job import TransformJob

KIND = JobKind(
    "transform-job",
    "TransformJob",
    "transform job",
    summary=("TransformEndTime", "LastModifiedTime", "TransformJobStatus", "FailureReason"),
    taken="Job name must be unique within an AWS account and region, and a job with this name already exists",
)
LOG_GROUP = "/aws/sagemaker/TransformJobs"


class TransformRun:
    """One job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(self, platform: Platform, region: str, request: Mapping[str, Any], model: Mapping[str, Any]):
        self._platform, self._region, self._request, self._model = platform, region, request, model
        self._name: str = request["TransformJobName"]

    def __call__(self, stop: threading.Event) -> None:
        """Run the job to its end, whatever that is, and note it in the record."""
        try:
            result = self._run(stop)
            status, reason = result.transform_job_status, result.failure_reason
            reason = reason and f"AlgorithmError: {reason}"
        except StoppedError:
            closing = self._platform.background.closing.is_set()
            status, reason = ("Failed", failures.EMULATOR_ENDED) if closing else ("Stopped", None)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the job's FailureReason)
            status, reason = "Failed", failures.explain(error, f"transform job {self._name}")
        KIND.finish(self._platform, self._name, status, reason)

    def _run(self, stop: threading.Event) -> TransformResult:
        if self._platform.store.get(KIND.name, self._name)["TransformJobStatus"] == "Stopping":
            raise StoppedError("the job was stopped")  # before this thread could be asked
        container = model_data.container(self._model)
        stream = self._platform.logs.stream(
            self._region, LOG_GROUP, f"{self._name}/i-{secrets.token_hex(8)}-{int(time.time())}"
        )
        with temporary(f"{self._name}-", self._platform.work) as folder, stream:
            image = self._platform.images.resolve(container["Image"], self._region)
            unhonoured = (*unheeded.notes(self._model, "VpcConfig"), *unheeded.notes(self._request, *requests.UNHEEDED))
            for note in filter(None, (image.note, *unhonoured)):
                stream(note)
            engine = image.engine(stream)
            job = self._job(folder, container, image.environment)
            result = transform(engine, job, stream, stop, folder)
            for name, why in result.failures.items():
                stream(f"{name}: {why}")
            if stop.is_set():
                raise StoppedError("the job was stopped")
            self._upload(job, result)
        return result

    def _job(self, folder: Path, container: Mapping[str, Any], environment: Mapping[str, str]) -> TransformJob:
        """The job with its files; `environment` is what the image asks for. Raises EmulatorError."""
        objects = self._platform.objects
        (folder / "input").mkdir()
        source = self._request["TransformInput"]["DataSource"]["S3DataSource"]
        for name, path in locations.files(objects, source).items():
            model_data.take(path, folder / "input" / name)
        return requests.transform_job(
            self._request,
            self._model,
            self._region,
            environment,
            model_data=model_data.fetch(objects, container, folder),
            data_source=folder / "input",
            output_path=folder / "output",
        )

    def _upload(self, job: TransformJob, result: TransformResult) -> None:
        """Put the outputs into S3, each whole or not at all."""
        place = locations.parse(self._request["TransformOutput"]["S3OutputPath"], "S3OutputPath")
        if not self._platform.objects.bucket_exists(place.bucket):
            raise EmulatorError(f"the bucket {place.bucket!r} no longer exists")
        for path in result.outputs:
            name = path.relative_to(job.output_path).as_posix()
            self._platform.objects.put(place.bucket, place.below(name).prefix, path)
