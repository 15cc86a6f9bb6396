"""Carries out one processing job of the API: from S3 to S3, with its statuses and its log."""

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from emulator.aws import locations
from emulator.engines import Launch
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError
from emulator.files.temporary import temporary
from emulator.images import RunnableImage
from emulator.jobs import containers
from emulator.jobs import hosts as job_hosts
from emulator.jobs.collecting import collect
from emulator.jobs.containers import AbandonedError, End, JobControl
from emulator.jobs.hosts import Host
from emulator.platform import Platform
from emulator.processing import layout, requests
from emulator.resources import failures, unheeded
from emulator.resources.kinds import JobKind
from emulator.state.records import Record

KIND = JobKind(
    "processing-job",
    "ProcessingJob",
    "processing job",
    summary=("ProcessingEndTime", "LastModifiedTime", "ProcessingJobStatus", "FailureReason", "ExitMessage"),
    order={"SortOrder": "Ascending"},
    taken="Job name must be unique within an AWS account and region, and a job with this name already exists",
)
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
MESSAGE = "message"  # the file in /opt/ml/output that becomes the ExitMessage


class ProcessingRun:
    """One job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(self, platform: Platform, region: str, request: Mapping[str, Any], arn: str, image: RunnableImage):
        self._platform, self._region, self._request, self._arn, self._image = platform, region, request, arn, image
        self._name: str = request["ProcessingJobName"]
        self._members: dict[str, Any] = {}

    def __call__(self, stop: threading.Event) -> None:
        """Run the job to its end, whatever that is, and note it in the record."""
        try:
            status, reason = self._run(stop)
        except AbandonedError:
            status, reason = "Failed", failures.EMULATOR_ENDED
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the job's FailureReason)
            status, reason = "Failed", failures.explain(error, f"processing job {self._name}")
        KIND.finish(self._platform, self._name, status, reason, lambda record: record.update(self._members))

    def _run(self, stop: threading.Event) -> tuple[str, str | None]:
        """All but the end itself: the status, and the reason of a failure."""
        abandon = self._platform.background.closing
        cluster = self._request["ProcessingResources"]["ClusterConfig"]
        with temporary(f"{self._name}-", self._platform.work) as folder, ExitStack() as stack:
            names = job_hosts.names(cluster["InstanceCount"])
            streams = {name: stack.enter_context(self._stream(name)) for name in names}
            on_line = streams[names[0]]
            for note in filter(None, (self._image.note, *unheeded.notes(self._request, *requests.UNHEEDED))):
                on_line(note)
            engine = self._image.engine(on_line)
            hosts = [Host(name, folder / name / "ml") for name in names]
            inputs = self._inputs()
            for host in hosts:
                layout.write(host, self._request, self._arn, inputs)
            if abandon.is_set():
                raise AbandonedError("the job was abandoned")
            if self._begin() == "Stopping" or stop.is_set():
                return "Stopped", None
            limit = self._request["StoppingCondition"]["MaxRuntimeInSeconds"]
            launches = {host: self._launch(host) for host in hosts}
            end = containers.run(engine, launches, streams, limit, JobControl(stop, abandon))
            return self._settle(hosts, end, on_line)

    def _settle(self, hosts: list[Host], end: End, on_line: OnLine) -> tuple[str, str | None]:
        """Take the message and the outputs of what has ended."""
        with suppress(EmulatorError, OSError):  # a link, say: of a failure it is told below
            if message := containers.read(end.host.opt_ml, MESSAGE):
                self._members["ExitMessage"] = message
        if end.stopped:
            return "Stopped", None
        if end.exit.code:
            fault = "AlgorithmError: "
            why = containers.cause(end.host.opt_ml, MESSAGE, end.exit, failures.MAX_CHARACTERS - len(fault))
            return "Failed", fault + why
        for uri, part in layout.outputs(self._request):
            place = locations.parse(uri, "S3Uri")
            if not self._platform.objects.bucket_exists(place.bucket):
                raise EmulatorError(f"the bucket {place.bucket!r} no longer exists")
            with collect(hosts, part, on_line) as entries:
                for entry in entries:
                    if entry.is_file:
                        self._platform.objects.put(place.bucket, place.below(entry.key).prefix, entry.chunks())
        return "Completed", None

    def _begin(self) -> str:
        """Note that the job runs; return its status, which says whether it was asked to stop before it could be."""

        def change(record: Record) -> None:
            record["ProcessingStartTime"] = time.time()

        status: str = self._platform.store.change(KIND.name, self._name, change)["ProcessingJobStatus"]
        return status

    def _inputs(self) -> dict[str, dict[str, Path]]:
        asked = self._request["ProcessingInputs"]
        return {each["InputName"]: locations.files(self._platform.objects, each["S3Input"]) for each in asked}

    def _stream(self, host: str) -> Any:
        return self._platform.logs.stream(self._region, LOG_GROUP, f"{self._name}/{host}-{int(time.time())}")

    def _launch(self, host: Host) -> Launch:
        application = self._request["AppSpecification"]
        return Launch(
            self._name,
            "",
            host.opt_ml,
            {"AWS_REGION": self._region, **self._request.get("Environment", {})},
            network_isolation=self._request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
            entrypoint=tuple(application.get("ContainerEntrypoint", ())),
            arguments=tuple(application.get("ContainerArguments", ())),
            hostname=host.name,
        )
