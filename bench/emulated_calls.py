"""What bench.emulator measures of InvokeEndpoint: one request after the other, and many callers at once."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from bench.emulated import CALLERS, NAME, Emulator, by_hand, until
from emulator.serving.container import ServingContainer

REQUESTS = 2_000
WARM_UP = 100
UPDATES = 10  # at most, evenly over the time


class Latency(NamedTuple):
    """Milliseconds of single requests."""

    engine: str
    way: str
    p50: float
    p99: float


class Load(NamedTuple):
    """What many callers at once saw."""

    engine: str
    seconds: float
    updates: int
    milliseconds: list[float]
    errors: list[str]


def invoke(emulator: Emulator) -> list[Latency]:
    """One request after the other: to the container, through the emulator, and so with boto3. Makes the endpoint."""
    sagemaker, sample = emulator.client("sagemaker"), emulator.sample
    variant = {"VariantName": "AllTraffic", "ModelName": NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    until(lambda: sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"], "InService")
    name, types = emulator.engine_name, {"Content-Type": sample.request_type}
    with by_hand(emulator) as model, ServingContainer(emulator.engine, model) as endpoint:
        direct = timed(poster(endpoint.address, "/invocations", sample.request, types))
    address = urlsplit(emulator.endpoint_url)
    place = (str(address.hostname), address.port or 80)
    path = f"/endpoints/{NAME}/invocations"
    signed = AWSRequest("POST", f"{emulator.endpoint_url}{path}", types, sample.request)
    key = Credentials(emulator.key.id, emulator.key.secret)
    SigV4Auth(key, "sagemaker", "us-east-1").add_auth(signed)  # once: it is good for 15 minutes
    through = timed(poster(place, path, sample.request, dict(signed.headers.items())))
    runtime = emulator.client("sagemaker-runtime")
    with_boto3 = timed(
        lambda: runtime.invoke_endpoint(
            EndpointName=NAME, Body=sample.request, ContentType=sample.request_type
        )["Body"].read()
    )  # fmt: skip
    ways = {"container": direct, "emulator": through, "emulator, boto3": with_boto3}
    return [Latency(name, way, at(times, 0.5), at(times, 0.99)) for way, times in ways.items()]


def load(emulator: Emulator, seconds: int) -> Load:
    """Callers that ask without a pause, while the endpoint is updated whenever it is in service."""
    sagemaker, sample = emulator.client("sagemaker"), emulator.sample
    milliseconds: list[float] = []
    errors: list[str] = []
    done = threading.Event()

    def call() -> None:
        runtime = emulator.client("sagemaker-runtime")
        while not done.is_set():
            began = time.perf_counter()
            try:
                runtime.invoke_endpoint(EndpointName=NAME, Body=sample.request, ContentType=sample.request_type)
                milliseconds.append((time.perf_counter() - began) * 1e3)
            except (ClientError, BotoCoreError) as error:
                errors.append(str(error))

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    began = time.perf_counter()
    updates = 0
    try:
        while time.perf_counter() - began < seconds:
            sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
            until(lambda: sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"], "InService")
            updates += 1
            time.sleep(seconds / UPDATES)
    finally:
        done.set()
        for caller in callers:
            caller.join()
    return Load(emulator.engine_name, time.perf_counter() - began, updates, milliseconds, errors)


def poster(address: tuple[str, int], path: str, body: bytes, headers: dict[str, str]) -> Callable[[], None]:
    """A function that sends one request over a connection that stays open."""
    connection = http.client.HTTPConnection(*address)

    def post() -> None:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")

    return post


def timed(action: Callable[[], object]) -> list[float]:
    """Milliseconds of many calls, in order of size."""
    for _ in range(WARM_UP):
        action()
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1e3)
    return sorted(times)


def at(times: Sequence[float], share: float) -> float:
    """The time below which that share of them lies; they are in order of size."""
    return times[min(int(len(times) * share), len(times) - 1)]
