"""Carries out one training job of the API: from S3 to S3, with its statuses, its log, its checkpoints."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emulator.aws import locations
from emulator.aws.locations import Location
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError
from emulator.files import archive
from emulator.files.temporary import temporary
from emulator.files.untrusted import Entry
from emulator.images import RunnableImage
from emulator.jobs import hosts as job_hosts
from emulator.jobs.collecting import collect
from emulator.jobs.containers import INTERRUPTED, AbandonedError, Interruption, JobControl
from emulator.jobs.hosts import Host
from emulator.platform import Platform
from emulator.resources import failures, unheeded
from emulator.state.records import Record
from emulator.training import layout, requests, script, spot, statuses
from emulator.training.checkpoints import Checkpoints
from emulator.training.containers import Outcome, prepare, run
from emulator.training.job import TrainingJob
from emulator.training.metrics import MetricReader

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
FAILED_IN = MappingProxyType({"Downloading": "Data download failed: ", "Uploading": "Artifact upload failed: "})


class TrainingRun:
    """One job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(
        self,
        platform: Platform,
        region: str,
        request: Mapping[str, Any],
        arn: str,
        image: RunnableImage,
    ):
        self._platform, self._region, self._request, self._arn, self._image = platform, region, request, arn, image
        self._name: str = request["TrainingJobName"]
        output = locations.parse(request["OutputDataConfig"]["S3OutputPath"], "S3OutputPath")
        self._output = output.below(self._name, "output")
        self._phase = "Starting"
        self._members: dict[str, Any] = {}

    def __call__(self, stop: threading.Event) -> None:
        """Run the job to its end, whatever that is, and note it in the record."""
        try:
            outcome = self._run(stop)
        except AbandonedError:
            outcome = Outcome("Failed", "Failed", failures.EMULATOR_ENDED)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the job's FailureReason)
            reason = failures.explain(error, f"training job {self._name}", FAILED_IN.get(self._phase, ""))
            outcome = Outcome("Failed", "Failed", reason)
        statuses.finish(self._platform, self._name, outcome, **self._members)

    def _run(self, stop: threading.Event) -> Outcome:
        """All but the end itself: when this returns, the log is complete and the working folder gone."""
        metrics = MetricReader(requests.training_job(self._request).metric_definitions)
        began, trained = time.monotonic(), 0.0
        while True:
            started = time.monotonic()
            outcome = self._attempt(stop, metrics, trained, started - began)
            if outcome.secondary_status != INTERRUPTED:
                return outcome
            trained += time.monotonic() - started
            self._enter(INTERRUPTED, stop)
            self._enter("Starting", stop)

    def _attempt(self, stop: threading.Event, metrics: MetricReader, trained: float, waited: float) -> Outcome:
        """Run the containers once; a spot job that is interrupted needs several attempts.

        The attempts before have `trained` for some seconds, and began `waited` seconds ago.
        """
        abandon = self._platform.background.closing
        with temporary(f"{self._name}-", self._platform.work) as folder, ExitStack() as stack:
            streams = {name: stack.enter_context(self._stream(name)) for name in self._hosts()}
            on_line = next(iter(streams.values()))
            for note in filter(None, (self._image.note, *unheeded.notes(self._request, *requests.UNHEEDED))):
                on_line(note)
            engine = self._image.engine(on_line)
            first = {"TrainingStartTime": time.time()} if not trained else {}
            self._enter("Downloading", stop, **first)
            job, limited_by = self._limited(self._job(), trained, waited)
            hosts = prepare(engine, job, folder)
            if line := script.unpack(self._platform.objects, job.hyper_parameters, [host.opt_ml for host in hosts]):
                on_line(line)
            checkpoints = self._checkpoints(job, hosts, on_line)
            if checkpoints:
                checkpoints.restore()
            if abandon.is_set():
                raise AbandonedError("the job was abandoned")
            if stop.is_set():
                return Outcome("Stopped", "Stopped")
            self._enter("Training", stop)
            on_lines = {name: _chain(metrics, stream) for name, stream in streams.items()}

            def on_poll() -> None:
                metrics.send(self._platform.metrics, self._name)
                if checkpoints:
                    checkpoints.save()

            is_killed = False

            def interruption() -> Interruption | None:
                nonlocal is_killed
                if not self._request.get("EnableManagedSpotTraining"):
                    return None
                found = spot.interruption(self._platform.store, self._arn, hosts, on_line)
                is_killed = bool(found and found.kills)
                return found

            try:
                outcome = run(engine, job, hosts, on_lines, JobControl(stop, abandon, on_poll, interruption))
            finally:
                metrics.send(self._platform.metrics, self._name)
                if final := _final(metrics):
                    self._members["FinalMetricDataList"] = final
                if checkpoints and not is_killed:  # what a killed host had not sent is lost with it
                    checkpoints.save()
            if outcome.secondary_status == INTERRUPTED:
                return outcome
            if outcome.secondary_status == "MaxRuntimeExceeded":
                outcome = replace(outcome, secondary_status=limited_by)
            self._enter("Uploading", stop)
            try:
                self._upload(hosts, outcome, on_line)
            except (EmulatorError, OSError) as error:
                if outcome.training_job_status != "Failed":
                    raise
                on_line(f"the job's results could not be uploaded: {error}")  # the job's own reason counts
            return outcome

    def _limited(self, job: TrainingJob, trained: float, waited: float) -> tuple[TrainingJob, str]:
        """Return the job with the time that is left for this attempt, and the status when that is over."""
        left = job.max_runtime_in_seconds - trained
        most: float = self._request["StoppingCondition"].get("MaxWaitTimeInSeconds", math.inf) - waited
        limited_by = "MaxWaitTimeExceeded" if most < left else "MaxRuntimeExceeded"
        return replace(job, max_runtime_in_seconds=min(left, most)), limited_by

    def _enter(self, phase: str, stop: threading.Event, **members: Any) -> None:
        def change(record: Record) -> None:
            statuses.enter(record, phase)
            record |= members

        self._phase = phase
        record = self._platform.store.change(statuses.KIND.name, self._name, change)
        if record["TrainingJobStatus"] == "Stopping":
            stop.set()  # it was asked before this thread could be

    def _hosts(self) -> list[str]:
        return job_hosts.names(self._request["ResourceConfig"]["InstanceCount"])

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
            hyper_parameters=self._image.container_hyperparameters(self._request.get("HyperParameters", {})),
            environment={
                "AWS_REGION": self._region,
                **self._image.environment,
                **self._request.get("Environment", {}),
            },
            training_job_arn=self._arn,
        )

    def _checkpoints(self, job: TrainingJob, hosts: tuple[Host, ...], on_line: OnLine) -> Checkpoints | None:
        if job.checkpoint_local_path is None:
            return None
        place = locations.parse(self._request["CheckpointConfig"]["S3Uri"], "CheckpointConfig.S3Uri")
        opt_mls = [host.opt_ml for host in hosts]
        return Checkpoints(self._platform.objects, place, opt_mls, str(layout.checkpoints(job)), on_line)

    def _upload(self, hosts: tuple[Host, ...], outcome: Outcome, on_line: OnLine) -> None:
        """Put what the hosts left into S3: data always, a model unless the job failed."""
        work = hosts[0].opt_ml.parent
        with collect(hosts, "output/data", on_line) as data:
            if data:
                self._put(data, work / "output.tar.gz", "data")
        if outcome.training_job_status != "Failed":
            with collect(hosts, "model", on_line) as entries:
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


def _chain(first: OnLine, second: OnLine) -> OnLine:
    def on_line(line: str) -> None:
        first(line)
        second(line)

    return on_line


def _final(metrics: MetricReader) -> list[dict[str, Any]]:
    """FinalMetricDataList: JSON has no number that is not finite."""
    return [
        {"MetricName": each.metric_name, "Value": each.value, "Timestamp": each.timestamp}
        for each in metrics.final
        if math.isfinite(each.value)
    ]
