"""An emulator with endpoints of each kind, a trained job, and the pages over it."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from driver.aws import keys
from driver.aws.target import Target, local_target
from driver.trying import app, guard
from tests.emulator.client import BUCKET, LINES, ROLE, Client, filled, start

ARTEFACTS = Path(__file__).resolve().parents[2] / "fixtures" / "artefacts"
MODELS = MappingProxyType({
    "reviews": "xgboost-sentiment-debian-12-text",
    "news": "headline-mxnet-debian-12-text",
    "labels": "blazingtext-client-debian-12-supervised",
    "words": "blazingtext-client-debian-12-skipgram",
})  # fmt: skip
"""Endpoints and their artefacts."""

HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script> \u202e wonderful & "awful" \'\x07 {{7*7}}'
TOKEN = "a-token"


def packed(folder: Path) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, path.name)
    return target.getvalue()


def deploy(client: Client, name: str, artefact: str) -> None:
    client.s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=packed(ARTEFACTS / artefact))
    container = {
        "Image": f"{artefact.partition('-debian')[0]}:dev",
        "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
        "Environment": {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
    }
    client.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


@pytest.fixture(scope="package")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The emulator: endpoints of MODELS, a job `trained` with a metric, and an object with a hostile name."""
    running = start(tmp_path_factory.mktemp("pages") / "state")
    client = filled(running)
    for name, artefact in MODELS.items():
        deploy(client, name, artefact)
    definitions = {"AlgorithmSpecification__MetricDefinitions": [LINES], "HyperParameters": {"said": HOSTILE}}
    client.train("trained", "program-good", **definitions)
    client.put(f"hostile/{HOSTILE.replace('/', '')}", HOSTILE)
    for name in MODELS:
        client.sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200}
        )
    yield client
    running.end()


@pytest.fixture
def target(emulated: Client) -> Target:
    return local_target(emulated.running.endpoint_url, None, None, None, key=keys.read(emulated.running.state))


@pytest.fixture
def pages(target: Target) -> Flask:
    return app.make(target, ["reviews"], TOKEN)


@pytest.fixture
def client(pages: Flask) -> FlaskClient:
    """Asks with the token and from the right address."""
    pages.test_client_class = _Client
    return pages.test_client()


class _Client(FlaskClient):
    def open(self, *arguments: Any, **named: Any) -> Any:
        named.setdefault("headers", {guard.HEADER: TOKEN})
        return super().open(*arguments, base_url="http://127.0.0.1:8080", **named)


@pytest.fixture
def served(emulated: Client) -> Callable[..., object]:
    """`with served("try", "reviews") as url:` the page's address, from a command that ends with 0 at Ctrl-C."""

    @contextmanager
    def serve(*command: str) -> Iterator[str]:
        state = ["--state", str(emulated.running.state), "--json"]
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCH_"))}
        program = subprocess.Popen(
            [sys.executable, "-m", "driver", *command, *state], stdout=subprocess.PIPE, text=True, env=plain,
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        assert program.stdout is not None
        said = ""
        try:
            while not said.rstrip().endswith("}"):
                line = program.stdout.readline()
                assert line, said
                said += line
            yield json.loads(said)["url"]
        finally:
            program.send_signal(signal.SIGINT)
            code = program.wait(60)
            program.stdout.close()
        assert code == 0

    return serve
