"""A running emulator for bench.emulator, with an image's sample in it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from driver.aws import keys
from driver.aws.keys import Key
from emulator import engines
from emulator.check.sample import Sample, read_sample
from emulator.engines import Engine, repository
from emulator.serving.container import ModelSpecification

REPOSITORY = Path(__file__).resolve().parents[1]
ROLE = "arn:aws:iam::123456789012:role/emulator"
BUCKET = "bench"
NAME = "bench"  # of the job, the model, the endpoint
CALLERS = 8


@dataclass(frozen=True)
class Emulator:
    """One that runs, and the sample to use it with."""

    endpoint_url: str
    key: Key
    engine_name: str
    engine: Engine
    image: str
    sample: Sample

    def client(self, service: str) -> Any:
        """A client that does not retry."""
        return client(service, self.endpoint_url, self.key)


def client(service: str, endpoint_url: str, key: Key) -> Any:
    """A client of an emulator that does not retry."""
    create: Any = boto3.client  # typed by the name of each service
    return create(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint_url,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=CALLERS),
    )


@contextmanager
def running(engine: str, image: str) -> Iterator[Emulator]:
    """An emulator over an empty state folder, with the sample's channels in S3."""
    found = repository.find(REPOSITORY, image)
    chosen = engines.choose(engine, found, REPOSITORY)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        state = Path(folder) / "state"
        command = [sys.executable, "-m", "emulator", "serve", "--state", str(state), "--port", "0", "--engine", engine]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                url = line.split()[-1]
                sample = read_sample(found.folder / "sample")
                emulator = Emulator(url, keys.read(state), engine, chosen, f"{image}:dev", sample)
                s3 = emulator.client("s3")
                s3.create_bucket(Bucket=BUCKET)
                for channel in sample.channels:
                    for file in (found.folder / "sample" / channel.channel_name).rglob("*.*"):
                        s3.upload_file(str(file), BUCKET, f"{channel.channel_name}/{file.name}")
                s3.put_object(Bucket=BUCKET, Key="requests/one", Body=sample.request)
                yield emulator
            finally:
                process.terminate()


@contextmanager
def by_hand(emulator: Emulator) -> Iterator[ModelSpecification]:
    """What the training job left, for a container of our own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        emulator.client("s3").download_file(BUCKET, f"out/{NAME}/output/model.tar.gz", str(path))
        yield ModelSpecification(NAME, path)


def until(status: Callable[[], str], wanted: str) -> None:
    """Ask again and again until the status is the wanted one."""
    while (found := status()) != wanted:
        if found in ("Failed", "Stopped"):
            raise RuntimeError(f"{found} instead of {wanted}")
        time.sleep(0.02)
