"""Carries out one tuning job: starts its training jobs, a few at a time, and follows them to their ends."""

import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError
from emulator.errors import EmulatorError
from emulator.platform import Platform
from emulator.state.records import Record
from emulator.training import operations, run
from emulator.training.containers import MAX_REASON_CHARACTERS
from emulator.tuning import ranges as tuningranges
from emulator.tuning.ranges import Values

KIND = "hyper-parameter-tuning-job"
ENDED_WITHIN = "InternalServerError: the emulator ended before the tuning job did; start it again under another name"
HOPELESS_AFTER = 5  # trials that failed, if none has completed, as on AWS
POLL_SECONDS = 0.2

log = logging.getLogger(__name__)


def trials(config: Mapping[str, Any]) -> Iterator[Values]:
    """The values of each training job that a configuration requests. Raises EmulatorError."""
    ranges = tuningranges.read(config.get("ParameterRanges", {}))
    if config["Strategy"] == "Grid":
        return ranges.grid()
    return islice(ranges.at_random(config.get("RandomSeed")), config["ResourceLimits"]["MaxNumberOfTrainingJobs"])


def trial_request(tuning: Mapping[str, Any], number: int, values: Values) -> dict[str, Any]:
    """The CreateTrainingJob request of one training job."""
    definition = dict(tuning["TrainingJobDefinition"])
    static = definition.pop("StaticHyperParameters", {})
    definition.pop("DefinitionName", None)
    objective = tuning["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return {
        **definition,
        "TrainingJobName": f"{tuning['HyperParameterTuningJobName']}-{number:03}-{secrets.token_hex(4)}",
        "HyperParameters": {**static, **values, "_tuning_objective_metric": objective["MetricName"]},
        "Tags": tuning.get("Tags", []),
    }


def finish(platform: Platform, name: str, status: str, reason: str | None = None) -> None:
    """Note the end of a tuning job."""

    def change(record: Record) -> None:
        record["HyperParameterTuningJobStatus"] = status
        record["HyperParameterTuningEndTime"] = time.time()
        if reason:
            record["FailureReason"] = reason[:MAX_REASON_CHARACTERS]

    platform.store.change(KIND, name, change)


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
        except (ApiError, EmulatorError) as error:
            status, reason = "Failed", f"ClientError: {error}"
        except Exception:
            log.exception("tuning job %s", self._name)
            status, reason = "Failed", "InternalServerError: the emulator is at fault; its log has the cause"
        self._stop_trials()
        if self._platform.background.closing.is_set():
            status, reason = "Failed", ENDED_WITHIN
        finish(self._platform, self._name, status, reason)

    def _run(self, stop: threading.Event) -> tuple[str, str | None]:
        """Start training jobs and follow them; the status at the end and the reason of a failure."""
        config = self._tuning["HyperParameterTuningJobConfig"]
        parallel = config["ResourceLimits"]["MaxParallelTrainingJobs"]
        waiting = enumerate(trials(config), start=1)
        following = next(waiting, None)
        ended: Counter[str] = Counter()
        reason = ""
        while following or self._running:
            while following and len(self._running) < parallel and not stop.is_set():
                self._start(*following)
                following = next(waiting, None)
            if stop.wait(POLL_SECONDS):
                return "Stopped", None
            for record in self._ended():
                ended[record["TrainingJobStatus"]] += 1
                reason = record.get("FailureReason", reason)
            if ended["Failed"] >= HOPELESS_AFTER and not ended["Completed"]:
                break
        if ended["Completed"]:
            return "Completed", None
        return "Failed", f"ClientError: No training job succeeded of {ended.total()}; the last reason was: {reason}"

    def _start(self, number: int, values: Values) -> None:
        request = trial_request(self._tuning, number, values)
        operations.start(self._platform, self._call, request, self._note, TuningJobArn=self._arn)
        self._running.add(request["TrainingJobName"])

    def _ended(self) -> list[Record]:
        """The training jobs that have ended since the last time."""
        records = [self._platform.store.get(run.KIND, name) for name in self._running]
        ended = [record for record in records if record["TrainingJobStatus"] not in ("InProgress", "Stopping")]
        self._running -= {record["TrainingJobName"] for record in ended}
        return ended

    def _stop_trials(self) -> None:
        """Stop those that run, and wait until they have ended."""
        for name in self._running:
            with suppress(ApiError):  # it has just ended
                operations.stop(self._platform, self._call, {"TrainingJobName": name})
        while self._running:
            time.sleep(POLL_SECONDS)
            self._ended()
