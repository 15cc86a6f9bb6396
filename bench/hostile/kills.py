"""An emulator that is killed again and again while callers write to it: what it acknowledged must be there later."""

import hashlib
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bench.emulated import BUCKET, REPOSITORY, ROLE, client
from bench.hostile.cases import HANG_SECONDS, Tally, rng_of
from bench.hostile.requests import send
from bench.hostile.wire import HUNG_UP, LINES, Attempt
from driver.aws import keys

IMAGE = "xgboost-sentiment:dev"


class Emulator:
    """One over a state folder, to be started, killed and started again."""

    def __init__(self, state: Path):
        self.state = state
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [
            sys.executable,
            "-m",
            "emulator",
            "serve",
            "--state",
            str(self.state),
            "--port",
            "0",
            "--engine",
            "process",
        ]
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = (self.process.stdout.readline() if self.process.stdout else "").split()[-1]

    def kill(self) -> None:
        """Kill it; it is not asked first."""
        self.process.kill()
        self.process.wait()

    def client(self, service: str) -> Any:
        """A client that does not retry."""
        return client(service, self.url, keys.read(self.state))


class Callers:
    """Threads that write until stopped, and what was acknowledged to them."""

    def __init__(self, emulator: Emulator, seed: int):
        self.emulator, self.seed = emulator, seed
        self.objects: dict[str, str] = {}
        self.models: set[str] = set()
        self.garbage = 0
        self.problems: list[str] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._upload, self._create, self._throw)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _upload(self) -> None:
        rng = rng_of(self.seed, "kill", "object")

        def upload(s3: Any, number: int) -> None:
            content = rng.randbytes(rng.choice((0, 10, 10_000, 1_000_000)))
            s3.put_object(Bucket=BUCKET, Key=f"{number}", Body=content)
            self.objects[f"{number}"] = hashlib.sha256(content).hexdigest()

        self._repeat(upload, "s3")

    def _create(self) -> None:
        def create(sagemaker: Any, number: int) -> None:
            name = f"model-{number}"
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
            self.models.add(name)

        self._repeat(create, "sagemaker")

    def _throw(self) -> None:
        rng = rng_of(self.seed, "kill", "garbage")

        def throw(_: Any, __: int) -> None:
            host, port = self.emulator.url.removeprefix("http://").split(":")
            began = time.monotonic()
            outcome = send((host, int(port)), Attempt(rng.choice(LINES), HUNG_UP))
            self.garbage += 1
            if outcome.startswith("5") or time.monotonic() - began > HANG_SECONDS:
                self.problems.append(f"garbage was answered {outcome}")

        self._repeat(throw, "sts")

    def _repeat(self, action: Callable[[Any, int], None], service: str) -> None:
        client = self.emulator.client(service)
        for turn in itertools.count():
            if self._done.wait(0.01):
                return
            try:
                action(client, turn)
            except ClientError as error:
                self.problems.append(f"{service}: {error}")
            except (BotoCoreError, OSError):  # it has just been killed: nothing was acknowledged
                time.sleep(0.1)
                client = self.emulator.client(service)


def measure(kills: int, seed: int, folder: Path) -> Tally:
    """Kill it `kills` times; then everything acknowledged must be there, byte for byte."""
    rng = rng_of(seed, "kill")
    emulator = Emulator(folder / "state")
    slowest = 0.0
    try:
        emulator.client("s3").create_bucket(Bucket=BUCKET)
        with Callers(emulator, seed) as callers:
            for _ in range(kills):
                time.sleep(rng.uniform(0.1, 2.0))
                emulator.kill()
                began = time.monotonic()
                emulator.start()
                slowest = max(slowest, time.monotonic() - began)
        problems = [*callers.problems, *lost(emulator, callers)]
    finally:
        emulator.kill()
    outcomes = {"objects": len(callers.objects), "models": len(callers.models), "garbage": callers.garbage}
    return Tally("kills", "the emulator", kills, outcomes, slowest, problems)


def lost(emulator: Emulator, callers: Callers) -> list[str]:
    """What was acknowledged and is not there."""
    s3, sagemaker = emulator.client("s3"), emulator.client("sagemaker")
    problems = []
    for key, digest in callers.objects.items():
        try:
            content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        except ClientError as error:
            problems.append(f"object {key}: {error}")
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            problems.append(f"object {key} is not what was sent")
    kept = {
        model["ModelName"] for page in sagemaker.get_paginator("list_models").paginate() for model in page["Models"]
    }
    return problems + [f"{name} is gone" for name in sorted(callers.models - kept)]
