"""Carries out one transform job of the API: from S3 to S3, with its statuses and its log."""

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.api.errors import ApiError
from emulator.aws import locations
from emulator.errors import EmulatorError, EndpointError
from emulator.files.temporary import temporary
from emulator.hosting import model_data
from emulator.platform import Platform
from emulator.state.records import Record
from emulator.transform.containers import StoppedError, TransformResult, transform
from emulator.transform.job import TransformJob

KIND = "transform-job"
LOG_GROUP = "/aws/sagemaker/TransformJobs"
MAX_REASON_CHARACTERS = 1024  # the API's limit
ENDED_WITHIN = "InternalServerError: the emulator ended before the job did; start the job again under another name"

log = logging.getLogger(__name__)


def finish(platform: Platform, name: str, status: str, reason: str | None = None) -> None:
    """Note in the record that the job has ended."""

    def change(record: Record) -> None:
        record["TransformJobStatus"] = status
        record["TransformEndTime"] = time.time()
        if reason:
            record["FailureReason"] = reason[:MAX_REASON_CHARACTERS]

    platform.store.change(KIND, name, change)


def transform_job(
    request: Mapping[str, Any], model: Mapping[str, Any], region: str, **files: Path | None
) -> TransformJob:
    """Return what a request and a model's record say; `files` are model_data, data_source and output_path."""
    source, output = request["TransformInput"], request["TransformOutput"]
    processing, client = request.get("DataProcessing", {}), request.get("ModelClientConfig", {})
    settings: dict[str, Any] = {
        "max_payload_in_mb": request.get("MaxPayloadInMB"),
        "max_concurrent_transforms": request.get("MaxConcurrentTransforms") or None,  # 0 leaves it to the container
        "batch_strategy": request.get("BatchStrategy"),
        "content_type": source.get("ContentType"),
        "compression_type": source.get("CompressionType"),
        "split_type": source.get("SplitType"),
        "accept": output.get("Accept"),
        "assemble_with": output.get("AssembleWith"),
        "invocations_timeout_in_seconds": client.get("InvocationsTimeoutInSeconds"),
        "invocations_max_retries": client.get("InvocationsMaxRetries"),
        "input_filter": processing.get("InputFilter"),
        "output_filter": processing.get("OutputFilter"),
        "join_source": processing.get("JoinSource"),
    }
    container = model_data.container(model)
    return TransformJob(
        request["TransformJobName"],
        environment={"AWS_REGION": region, **container.get("Environment", {}), **request.get("Environment", {})},
        container_hostname=container.get("ContainerHostname"),
        enable_network_isolation=model["EnableNetworkIsolation"],
        **files,  # type: ignore[arg-type]
        **{name: value for name, value in settings.items() if value is not None},
    )


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
            reason = f"AlgorithmError: {reason}" if reason else None
        except StoppedError:
            closing = self._platform.background.closing.is_set()
            status, reason = ("Failed", ENDED_WITHIN) if closing else ("Stopped", None)
        except EndpointError as error:
            status, reason = "Failed", f"AlgorithmError: {error}"
        except (ApiError, EmulatorError) as error:
            status, reason = "Failed", f"ClientError: {error}"
        except OSError as error:
            status, reason = "Failed", f"InternalServerError: {error.strerror or error}: {error.filename}"
        except Exception:
            log.exception("transform job %s", self._name)
            status, reason = "Failed", "InternalServerError: the emulator is at fault; its log has the cause"
        finish(self._platform, self._name, status, reason)

    def _run(self, stop: threading.Event) -> TransformResult:
        if self._platform.store.get(KIND, self._name)["TransformJobStatus"] == "Stopping":
            raise StoppedError("the job was stopped")  # before this thread could be asked
        container = model_data.container(self._model)
        stream = self._platform.logs.stream(
            self._region, LOG_GROUP, f"{self._name}/i-{secrets.token_hex(8)}-{int(time.time())}"
        )
        with temporary(f"{self._name}-", self._platform.work) as folder, stream as say:
            resolved = self._platform.images.resolve(container["Image"], self._region)
            if resolved.note:
                say(resolved.note)
            engine = resolved.engine(say)
            job = self._job(folder, container)
            result = transform(engine, job, say, stop, folder)
            for name, why in result.failures.items():
                say(f"{name}: {why}")
            if stop.is_set():
                raise StoppedError("the job was stopped")
            self._upload(job, result)
        return result

    def _job(self, folder: Path, container: Mapping[str, Any]) -> TransformJob:
        """The job with its files. Raises EmulatorError."""
        objects = self._platform.objects
        (folder / "input").mkdir()
        source = self._request["TransformInput"]["DataSource"]["S3DataSource"]
        for name, path in locations.files(objects, source).items():
            model_data.take(path, folder / "input" / name)
        return transform_job(
            self._request,
            self._model,
            self._region,
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
