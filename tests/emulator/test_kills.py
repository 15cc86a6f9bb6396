"""Ten kills at random moments, while clients upload objects and jobs run."""

import hashlib
import itertools
import random
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.emulator.client import BUCKET, filled, start, training_request
from tests.emulator.running import RunningEmulator
from tests.waiting import until

KILLS = 10
SEED = 4580
ENDED = ("Completed", "Failed", "Stopped")


class Witness:
    """Clients that go on whatever happens, and what they know: what each object may be now, and jobs seen ended.

    An object is what was acknowledged last, or what was sent after that and had no answer; None for no such object.
    """

    def __init__(self, running: RunningEmulator):
        self.running = running
        self.objects: dict[str, set[str | None]] = {}
        self.created: set[str] = set()
        self.ended: dict[str, dict[str, Any]] = {}
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._upload, args=(number,)) for number in range(3)]
        self._threads += [threading.Thread(target=self._train, args=(number,)) for number in range(2)]

    def __enter__(self) -> "Witness":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _upload(self, number: int) -> None:
        """New objects, and one that is replaced again and again."""
        rng = random.Random(number)
        s3 = self.running.client("s3")
        for turn in itertools.count():
            if self._done.is_set():
                return
            key = f"{number}/replaced" if turn % 3 == 0 else f"{number}/{turn}"
            content = rng.randbytes(rng.choice([0, 10, 10_000, 1_000_000]))
            try:
                s3.put_object(Bucket=BUCKET, Key=key, Body=content)
            except (BotoCoreError, ClientError):
                self.objects.setdefault(key, {None}).add(md5(content))
                time.sleep(0.1)
                s3 = self.running.client("s3")
            else:
                self.objects[key] = {md5(content)}

    def _train(self, number: int) -> None:
        sagemaker = self.running.client("sagemaker")
        for turn in itertools.count():
            if self._done.is_set():
                return
            name = f"job-{number}-{turn}"
            try:
                sagemaker.create_training_job(**training_request(name, "program-good"))
                self.created.add(name)
                while not self._done.is_set():
                    job = sagemaker.describe_training_job(TrainingJobName=name)
                    # Python's http.client takes an answer that was cut within its headers for a whole, empty one.
                    if job.get("TrainingJobStatus") in ENDED:
                        self.ended[name] = without_metadata(job)
                        break
                    time.sleep(0.05)
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
                sagemaker = self.running.client("sagemaker")


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def found(s3: Any, key: str) -> str | None:
    try:
        return md5(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def without_metadata(job: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in job.items() if name != "ResponseMetadata"}


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    running = start(tmp_path / "state")
    filled(running)
    with Witness(running) as witness:
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.1, 0.8))
            running.kill()
            running.start()
        until(lambda: any(job["TrainingJobStatus"] == "Completed" for job in list(witness.ended.values())))
    try:
        s3, sagemaker = running.client("s3"), running.client("sagemaker")
        for key, may_be in witness.objects.items():
            assert found(s3, key) in may_be, key
        for name, before in witness.ended.items():
            assert without_metadata(sagemaker.describe_training_job(TrainingJobName=name)) == before
            if before["TrainingJobStatus"] == "Completed":
                s3.head_object(Bucket=BUCKET, Key=before["ModelArtifacts"]["S3ModelArtifacts"].split("/", 3)[3])
        for name in witness.created:
            job = settled(sagemaker, name)
            assert job["TrainingJobStatus"] == "Completed" or job["FailureReason"], job
        assert len(witness.objects) > KILLS
    finally:
        running.end()


def settled(sagemaker: Any, name: str) -> Any:
    """A job as it is when it has ended."""
    describe = sagemaker.describe_training_job
    return until(lambda: describe(TrainingJobName=name), lambda job: job["TrainingJobStatus"] in ENDED)
