"""Carries out one tuning job: starts its training jobs, a few at a time, and follows them to their ends."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError, not_found
from emulator.platform import Platform
from emulator.resources import failures
from emulator.resources.kinds import RUNNING, JobKind
from emulator.state.records import Record
from emulator.training import operations as training
from emulator.training import statuses
from emulator.tuning import requests
from emulator.tuning.ranges import Values

HOPELESS_AFTER = 5  # training jobs that failed, if none has completed, as on AWS
POLL_SECONDS = 0.2


class TuningJobKind(JobKind):
    """Tuning jobs, which AWS reports missing in its own way."""

    def _unknown(self, call: Call, name: str) -> ApiError:  # noqa: ARG002
        return not_found(f"Amazon SageMaker can't find a tuning job with the name {name}")


KIND = TuningJobKind(
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJob",
    "hyperparameter tuning job",
    summary=("HyperParameterTuningEndTime", "LastModifiedTime", "HyperParameterTuningJobStatus"),
    taken="Tuning job names must be unique within an AWS account and region, and a tuning job with this name already "
    "exists",
)


class TuningRun:
    """One tuning job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(self, platform: Platform, call: Call, tuning: Mapping[str, Any], arn: str):
        self._platform, self._call, self._tuning, self._arn = platform, call, tuning, arn
        self._running: set[str] = set()
        self._name: str = tuning["HyperParameterTuningJobName"]
        strategy = tuning["HyperParameterTuningJobConfig"]["Strategy"]
        self._note = (
            f"tuning job {self._name} asks for {strategy}: the emulator draws the values at random instead"
            if strategy == "Bayesian"
            else ""
        )

    def __call__(self, stop: threading.Event) -> None:
        """Run all training jobs, and note the end in the record."""
        try:
            status, reason = self._run(stop)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the job's FailureReason)
            status, reason = "Failed", failures.explain(error, f"tuning job {self._name}")
        self._stop_training_jobs()
        if self._platform.background.closing.is_set():
            status, reason = "Failed", failures.EMULATOR_ENDED
        KIND.finish(self._platform, self._name, status, reason)

    def _run(self, stop: threading.Event) -> tuple[str, str | None]:
        """Start training jobs and follow them; the status at the end and the reason of a failure."""
        config = self._tuning["HyperParameterTuningJobConfig"]
        parallel = config["ResourceLimits"]["MaxParallelTrainingJobs"]
        waiting = enumerate(requests.draw(config), start=1)
        following = next(waiting, None)
        ended: Counter[str] = Counter()
        reason = ""
        while following or self._running:
            while following and len(self._running) < parallel and not stop.is_set():
                self._start(*following)
                following = next(waiting, None)
            if stop.wait(POLL_SECONDS):
                return "Stopped", None
            for record in self._take_ended():
                ended[record["TrainingJobStatus"]] += 1
                reason = record.get("FailureReason", reason)
            if ended["Failed"] >= HOPELESS_AFTER and not ended["Completed"]:
                break
        if ended["Completed"]:
            return "Completed", None
        return "Failed", f"ClientError: No training job succeeded of {ended.total()}; the last reason was: {reason}"

    def _start(self, number: int, values: Values) -> None:
        request = requests.training_request(self._tuning, number, values)
        training.start(self._platform, self._call, request, self._note, TuningJobArn=self._arn)
        self._running.add(request["TrainingJobName"])

    def _take_ended(self) -> list[Record]:
        """Return the training jobs that have ended since the last time."""
        records = [self._platform.store.get(statuses.KIND.name, name) for name in self._running]
        ended = [record for record in records if record["TrainingJobStatus"] not in RUNNING]
        self._running -= {record["TrainingJobName"] for record in ended}
        return ended

    def _stop_training_jobs(self) -> None:
        """Stop those that run, and wait until they have ended."""
        for name in self._running:
            with suppress(ApiError):  # it has just ended
                training.stop(self._platform, self._call, {"TrainingJobName": name})
        while self._running:
            time.sleep(POLL_SECONDS)
            self._take_ended()
