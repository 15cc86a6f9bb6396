"""Carries out one tuning job: starts its training jobs, a few at a time, and follows them to their ends."""

import math
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError
from emulator.platform import Platform
from emulator.resources import failures
from emulator.resources.kinds import RUNNING
from emulator.state.metrics import of_job
from emulator.state.records import Record
from emulator.training import operations as training
from emulator.training import statuses
from emulator.tuning import requests, search, stopping, warmstart
from emulator.tuning.kind import KIND, training_jobs
from emulator.tuning.ranges import Values
from emulator.tuning.search import Search

HOPELESS_AFTER = 5  # training jobs that failed, if none has completed, as on AWS
POLL_SECONDS = 0.2


class TuningRun:
    """One tuning job, to be called once, in a thread of its own, with the event that asks it to stop."""

    def __init__(self, platform: Platform, call: Call, tuning: Mapping[str, Any], arn: str):
        self._platform, self._call, self._tuning, self._arn = platform, call, tuning, arn
        self._running: dict[str, int] = {}  # names of training jobs, and their numbers
        self._stopped: set[str] = set()  # before their end
        self._completed: list[list[float]] = []  # objectives of every round
        self._name: str = tuning["HyperParameterTuningJobName"]
        self._config = tuning["HyperParameterTuningJobConfig"]

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
        limits = self._config["ResourceLimits"]
        deadline = time.monotonic() + limits.get("MaxRuntimeInSeconds", math.inf)
        strategy = search.begin(self._config, self._tuning["TrainingJobDefinition"].get("StaticHyperParameters", {}))
        for values, objective in warmstart.results(self._platform, self._tuning):
            strategy.learn(values, objective)
        number, more = 0, True
        ended: Counter[str] = Counter()
        reason = ""
        while more or self._running:
            while more and len(self._running) < limits["MaxParallelTrainingJobs"] and not stop.is_set():
                number += 1
                following = strategy.ask(number)
                more = following is not None
                if following is not None:
                    self._start(number, following)
            if stop.wait(POLL_SECONDS):
                return "Stopped", None
            self._stop_early(strategy)
            taken = self._take_ended()
            for record, of in taken:
                ended[record["TrainingJobStatus"]] += 1
                reason = record.get("FailureReason", reason)
                strategy.tell(of, self._learn(record))
            if ended["Failed"] >= HOPELESS_AFTER and not ended["Completed"]:
                break
            if time.monotonic() > deadline or (taken and self._is_enough()):
                self._stop_training_jobs()
                return "Completed", None
        if ended["Completed"] or ended["Stopped"]:
            return "Completed", None
        return "Failed", f"ClientError: No training job succeeded of {ended.total()}; the last reason was: {reason}"

    def _start(self, number: int, values: Values) -> None:
        request = requests.training_request(self._tuning, number, values)
        training.start(self._platform, self._call, request, TuningJobArn=self._arn)
        self._running[request["TrainingJobName"]] = number

    def _stop_early(self, strategy: Search) -> None:
        """Stop the training jobs that do worse than others did, by the strategy or as early stopping has it."""
        by_median = self._config.get("TrainingJobEarlyStoppingType") == "Auto"
        for name, number in self._running.items():
            if name in self._stopped or not (by_median or self._config["Strategy"] == "Hyperband"):
                continue
            reported = self._reported(name)
            behind = strategy.falls_behind(number, reported)
            if behind or (by_median and stopping.worse_than_median(reported, self._completed, self._maximizes)):
                self._stopped.add(name)
                self._stop(name)

    def _learn(self, record: Record) -> float | None:
        """Return the objective of a training job that has ended, and keep what it was in every round."""
        if record["TrainingJobStatus"] == "Completed":
            self._completed.append(self._reported(record["TrainingJobName"]))
        if record["TrainingJobStatus"] == "Failed":
            return None
        metric = requests.objective(self._tuning)["MetricName"]
        final = {each["MetricName"]: each["Value"] for each in record.get("FinalMetricDataList", [])}
        return final.get(metric)

    def _reported(self, name: str) -> list[float]:
        """Return what a training job has reported as its objective, a value for each round."""
        metric = of_job(name, requests.objective(self._tuning)["MetricName"])
        return [datum.total for datum in self._platform.metrics.find(metric)]

    @property
    def _maximizes(self) -> bool:
        return requests.objective(self._tuning)["Type"] == "Maximize"

    def _is_enough(self) -> bool:
        if not self._config.get("TuningJobCompletionCriteria"):
            return False
        record = self._platform.store.get(KIND.name, self._name)
        return stopping.is_enough(training_jobs(self._platform, record), self._config)

    def _take_ended(self) -> list[tuple[Record, int]]:
        """Return the training jobs that have ended since the last time, with their numbers."""
        records = [self._platform.store.get(statuses.KIND.name, name) for name in self._running]
        ended = [record for record in records if record["TrainingJobStatus"] not in RUNNING]
        return [(record, self._running.pop(record["TrainingJobName"])) for record in ended]

    def _stop(self, name: str) -> None:
        with suppress(ApiError):  # it has just ended
            training.stop(self._platform, self._call, {"TrainingJobName": name})

    def _stop_training_jobs(self) -> None:
        """Stop those that run, and wait until they have ended."""
        for name in self._running:
            self._stop(name)
        while self._running:
            time.sleep(POLL_SECONDS)
            self._take_ended()
