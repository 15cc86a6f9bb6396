"""What tests of hosting do again and again: models, endpoints, invocations, through boto3 and over HTTP."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator.platform import Platform
from emulator.server import RunningServer
from tests.emulator.running import RunningEmulator
from tests.waiting import until

BUCKET = "hosting"
ROLE = "arn:aws:iam::123456789012:role/emulator"


class Host:
    """A caller of an emulator."""

    def __init__(self, running: RunningEmulator):
        self.running: Any = running
        self.connect()

    def connect(self) -> None:
        """Make the clients, again after a restart: the port is another one."""
        self.sagemaker = self.running.client("sagemaker")
        self.runtime = self.running.client("sagemaker-runtime", read_timeout=70)
        self.s3 = self.running.client("s3")
        self.logs = self.running.client("logs")

    def model(self, name: str, image: str = "program-echo", archive: Path | None = None, **container: Any) -> str:
        """CreateModel, with an archive put into S3."""
        if archive is not None:
            self.s3.create_bucket(Bucket=BUCKET)
            self.s3.upload_file(str(archive), BUCKET, f"{name}/model.tar.gz")
            container["ModelDataUrl"] = f"s3://{BUCKET}/{name}/model.tar.gz"
        self.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image, **container}
        )
        return name

    def config(self, name: str, *models: str, **variant: Any) -> str:
        """CreateEndpointConfig with a variant for each model, called like it."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": model,
                    "ModelName": model,
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                    **variant,
                }
                for model in models
            ],
        )
        return name

    def deploy(
        self, name: str, image: str = "program-echo", archive: Path | None = None, **container: Any
    ) -> dict[str, Any]:
        """Model, configuration and endpoint of one name; what is described when it is settled."""
        self.model(name, image, archive, **container)
        self.config(name, name)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return self.settled(name)

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until nothing goes on, and describe the endpoint."""
        return until(
            lambda: self.sagemaker.describe_endpoint(EndpointName=name),
            lambda described: described["EndpointStatus"] in ("InService", "Failed"),
        )

    def delete(self, name: str) -> None:
        """DeleteEndpoint, and wait until it is gone."""
        self.sagemaker.delete_endpoint(EndpointName=name)
        until(lambda: not self.sagemaker.list_endpoints(NameContains=name)["Endpoints"])

    def invoke(self, name: str, body: bytes = b"x", **request: Any) -> bytes:
        """InvokeEndpoint's body."""
        answer: bytes = self.runtime.invoke_endpoint(EndpointName=name, Body=body, **request)["Body"].read()
        return answer

    def log(self, group: str, containing: str) -> str:
        """Wait until a group's log holds a text, and return all of it."""
        return until(lambda: "\n".join(chain(*self.streams(group))), lambda text: containing in text)

    def streams(self, group: str) -> list[list[str]]:
        """The lines of each stream of a group."""
        get, streams = self.logs.get_log_events, self.logs.describe_log_streams(logGroupName=group)["logStreams"]
        found = [get(logGroupName=group, logStreamName=each["logStreamName"], startFromHead=True) for each in streams]
        return [[event["message"] for event in stream["events"]] for stream in found]


@contextmanager
def callers(host: Host, endpoint: str, number: int = 8) -> Iterator[tuple[Counter[bytes], list[ClientError]]]:
    """Invoke an endpoint from that many threads, with hardly a pause; yield the answers, counted, and the errors."""
    answers: Counter[bytes] = Counter()
    errors: list[ClientError] = []
    done = threading.Event()

    def call() -> None:
        while not done.wait(0.01):
            try:
                answers[host.invoke(endpoint, b"abc")] += 1
            except ClientError as error:
                errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield answers, errors
    finally:
        done.set()
        for thread in threads:
            thread.join()


class Within(RunningEmulator):
    """An emulator in the process of the test."""

    def __init__(self, server: RunningServer, state: Path, platform: Platform):
        self.endpoint_url, self.state, self.platform = server.endpoint_url, state, platform
