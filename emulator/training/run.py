"""Carries out one training job of the API: from S3 to S3, with its statuses, its log, its checkpoints."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emulator.aws import locations
from emulator.aws.locations import Location
from emulator.errors import EmulatorError, EngineError
from emulator.files import archive
from emulator.files.temporary import temporary
from emulator.files.untrusted import Entry
from emulator.images import Resolved
from emulator.platform import Platform
from emulator.state.records import Record
from emulator.training import layout, requests
from emulator.training.checkpoints import Checkpoints
from emulator.training.collecting import collect
from emulator.training.containers import MAX_REASON_CHARACTERS, AbandonedError, Ended, Orders, prepare, run
from emulator.training.job import TrainingJob
from emulator.training.layout import Host
from emulator.training.metrics import MetricReader

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ENDED_WITHIN = "InternalServerError: the emulator ended before the job did; start the job again under another name"

MESSAGES = MappingProxyType({
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
})  # fmt: skip
FAILED_IN = MappingProxyType({"Downloading": "Data download failed: ", "Uploading": "Artifact upload failed: "})

log = logging.getLogger(__name__)


def enter(record: Record, status: str, message: str | None = None) -> None:
    """Note in the record that the job enters a secondary status, now."""
    now = time.time()
    transitions = record.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    transitions.append({"Status": status, "StartTime": now, "StatusMessage": message or MESSAGES[status]})
    record["SecondaryStatus"] = status


def finish(platform: Platform, name: str, ended: Ended, **members: Any) -> None:
    """Note the end; `members` are further ones of the record."""

    def change(record: Record) -> None:
        enter(record, ended.secondary_status)
        now = record["SecondaryStatusTransitions"][-1]["EndTime"] = record["TrainingEndTime"] = time.time()
        record["TrainingJobStatus"] = ended.training_job_status
        if ended.failure_reason:
            record["FailureReason"] = ended.failure_reason[:MAX_REASON_CHARACTERS]
        if "TrainingStartTime" in record:
            seconds = max(1, round(now - record["TrainingStartTime"]))
            record |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        record |= members

    platform.store.change(KIND, name, change)


def fail(platform: Platform, name: str, reason: str) -> None:
    """Note that the job has failed."""
    finish(platform, name, Ended("Failed", "Failed", reason, -1))


class TrainingRun:
    """One job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(
        self,
        platform: Platform,
        region: str,
        request: Mapping[str, Any],
        arn: str,
        image: Resolved,
        notes: Sequence[str] = (),
    ):
        self._platform, self._region, self._request, self._arn, self._image = platform, region, request, arn, image
        self._notes = notes
        self._name: str = request["TrainingJobName"]
        output = locations.parse(request["OutputDataConfig"]["S3OutputPath"], "S3OutputPath")
        self._output = output.below(self._name, "output")
        self._phase = "Starting"
        self._members: dict[str, Any] = {}

    def __call__(self, stop: threading.Event) -> None:
        """Run the job to its end, whatever that is, and note it in the record."""
        try:
            ended = self._run(stop)
        except AbandonedError:
            ended = _failed(ENDED_WITHIN)
        except EngineError as error:
            ended = _failed(f"ClientError: CannotStartContainerError: {error}")
        except EmulatorError as error:
            ended = _failed(f"ClientError: {FAILED_IN.get(self._phase, '')}{error}")
        except OSError as error:
            what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
            ended = _failed(f"InternalServerError: {FAILED_IN.get(self._phase, '')}{what}")
        except Exception:
            log.exception("training job %s", self._name)
            ended = _failed("InternalServerError: the emulator is at fault; its log has the cause")
        finish(self._platform, self._name, ended, **self._members)

    def _run(self, stop: threading.Event) -> Ended:
        """All but the end itself: when this returns, the log is complete and the working folder gone."""
        orders = Orders(stop, self._platform.background.closing)
        with temporary(f"{self._name}-", self._platform.work) as folder, ExitStack() as stack:
            sinks = {name: stack.enter_context(self._stream(name)) for name in self._hosts()}
            say = next(iter(sinks.values()))
            for note in self._notes:
                say(note)
            engine = self._image.engine(say)
            self._enter("Downloading", stop, TrainingStartTime=time.time())
            job = self._job()
            hosts = prepare(engine, job, folder)
            checkpoints = self._checkpoints(job, hosts, say)
            if checkpoints:
                checkpoints.restore()
                orders = Orders(orders.stop, orders.abandon, checkpoints.save_now_and_then)
            if orders.abandon.is_set():
                raise AbandonedError(ENDED_WITHIN)
            if stop.is_set():
                return Ended("Stopped", "Stopped", None, 0)
            self._enter("Training", stop)
            metrics = MetricReader(job.metric_definitions)
            try:
                ended = run(engine, job, hosts, {name: _both(metrics, sink) for name, sink in sinks.items()}, orders)
            finally:
                if final := _final(metrics):
                    self._members["FinalMetricDataList"] = final
                if checkpoints:
                    checkpoints.save()
            self._enter("Uploading", stop)
            try:
                self._upload(hosts, ended, say)
            except (EmulatorError, OSError) as error:
                if ended.training_job_status != "Failed":
                    raise
                say(f"the job's results could not be uploaded: {error}")  # the job's own reason counts
            return ended

    def _enter(self, phase: str, stop: threading.Event, **members: Any) -> None:
        def change(record: Record) -> None:
            enter(record, phase)
            record |= members

        self._phase = phase
        record = self._platform.store.change(KIND, self._name, change)
        if record["TrainingJobStatus"] == "Stopping":
            stop.set()  # it was asked before this thread could be

    def _hosts(self) -> list[str]:
        return layout.hosts(self._request["ResourceConfig"]["InstanceCount"])

    def _stream(self, host: str) -> Any:
        return self._platform.logs.stream(self._region, LOG_GROUP, f"{self._name}/{host}-{int(time.time())}")

    def _job(self) -> TrainingJob:
        """The job with the files of its channels. Raises EmulatorError."""
        channels = []
        for described in self._request.get("InputDataConfig", []):
            files = locations.files(self._platform.objects, described["DataSource"]["S3DataSource"])
            channels.append(requests.channel(described, files))
        return requests.training_job(
            self._request,
            input_data_config=tuple(channels),
            hyper_parameters=self._image.told(self._request.get("HyperParameters", {})),
            environment={"AWS_REGION": self._region, **self._request.get("Environment", {})},
            training_job_arn=self._arn,
        )

    def _checkpoints(self, job: TrainingJob, hosts: tuple[Host, ...], say: Callable[[str], None]) -> Checkpoints | None:
        if job.checkpoint_local_path is None:
            return None
        place = locations.parse(self._request["CheckpointConfig"]["S3Uri"], "CheckpointConfig.S3Uri")
        opt_mls = [host.opt_ml for host in hosts]
        return Checkpoints(self._platform.objects, place, opt_mls, str(layout.checkpoints(job)), say)

    def _upload(self, hosts: tuple[Host, ...], ended: Ended, say: Callable[[str], None]) -> None:
        """Put what the hosts left into S3: data always, a model unless the job failed."""
        work = hosts[0].opt_ml.parent
        with collect(hosts, "output/data", say) as data:
            if data:
                self._put(data, work / "output.tar.gz", "data")
        if ended.training_job_status != "Failed":
            with collect(hosts, "model", say) as entries:
                model = self._put(entries, work / "model.tar.gz", "model")
            self._members["ModelArtifacts"] = {"S3ModelArtifacts": str(model)}

    def _put(self, entries: Sequence[Entry], packed: Path, plain: str) -> Location:
        """Put files into S3, as an archive or as they are; raises EmulatorError without the bucket."""
        objects, output = self._platform.objects, self._output
        if not objects.bucket_exists(output.bucket):
            raise EmulatorError(f"the bucket {output.bucket!r} no longer exists")
        if self._request["OutputDataConfig"]["CompressionType"] == "GZIP":
            archive.write(entries, packed)
            place = output.below(packed.name)
            objects.put(place.bucket, place.prefix, packed)
            return place
        for entry in entries:
            if entry.is_file:
                objects.put(output.bucket, output.below(plain, entry.key).prefix, entry.chunks())
        return output.below(plain, "")


def _failed(reason: str) -> Ended:
    return Ended("Failed", "Failed", reason, -1)


def _both(metrics: MetricReader, sink: Callable[[str], None]) -> Callable[[str], None]:
    def hand_on(line: str) -> None:
        metrics(line)
        sink(line)

    return hand_on


def _final(metrics: MetricReader) -> list[dict[str, Any]]:
    """FinalMetricDataList: JSON has no number that is not finite."""
    return [
        {"MetricName": each.metric_name, "Value": each.value, "Timestamp": each.timestamp}
        for each in metrics.final
        if math.isfinite(each.value)
    ]
