"""Handlers called in this process, and served by the real `serve` program through real sockets."""

import http.client
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from smcontract.serving.app import Application
from smcontract.serving.health import Health
from smcontract.serving.messages import Request
from smcontract.serving.settings import Settings
from werkzeug.wrappers import Response

from tests.opt_ml import PYTHONPATH

HANDLERS = Path(__file__).parents[1] / "fixtures" / "handlers"


class Told(Response):
    """An answer, as werkzeug reads it."""

    @property
    def text(self):
        return self.get_data(as_text=True)


class Client:
    """What asks an application without a socket."""

    def __init__(self, app):
        self.app = app

    def open(self, path, method="GET", data=b"", headers=()):
        body = data.encode() if isinstance(data, str) else data
        answer = self.app(Request(method, path, {name.lower(): value for name, value in dict(headers).items()}, body))
        return Told(answer.body, answer.status, dict(answer.headers), content_type=answer.content_type)

    def get(self, path):
        return self.open(path)

    def head(self, path):
        return self.open(path, "HEAD")

    def post(self, path, data=b"", headers=()):
        return self.open(path, "POST", data, headers)


@pytest.fixture
def client():
    """`client("echo:EchoHandler", batch=True)`: a client of the named handler's application, in good health."""

    def make(serving_module="echo:EchoHandler", batch=False, **settings):
        module, _, name = serving_module.partition(":")
        handler = getattr(importlib.import_module(f"tests.fixtures.handlers.{module}"), name)(batch)
        model, health = handler.default_model_fn(""), Health()
        health.check(lambda: handler.check(model))
        settings = Settings(serving_module, Path("model"), batch=batch, **settings)
        return Client(Application(handler, model, settings, settings.limits(), health))

    return make


class Server:
    """The `serve` program in a process of its own."""

    def __init__(self, folder, handler, environ):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.out, self.err = folder / "stdout", folder / "stderr"
        ours = {
            "PYTHONPATH": os.pathsep.join([str(HANDLERS), PYTHONPATH]),
            "SAGEMAKER_SERVING_MODULE": handler,
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
            "SAGEMAKER_BASE_DIR": str(folder),
        }
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from smcontract.server.serve import main; main()"],
                env={**os.environ, **ours, **environ}, stdout=out, stderr=err,
            )  # fmt: skip

    def ready(self, workers=1):
        """Wait until all workers are ready."""
        self.until(lambda: self.err.read_text().count("is ready") >= workers and self.pings())
        return self

    def until(self, condition):
        """Wait until `condition()`, as long as the server lives and at most a minute."""
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, self.err.read_text()
            time.sleep(0.02)

    def logged(self):
        """How many lines the log has with all earlier requests: an error is written at once, and others before it."""
        self.ask("GET", "/nothing")
        return len(self.log())

    def pings(self):
        try:
            return self.ask("GET", "/ping")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, **headers):
        """Send a request on a connection of its own; returns status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def predict(self, text):
        return self.ask("POST", "/invocations", text, Content_Type="text/plain")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def log(self):
        """The JSON lines so far."""
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def leave(self):
        """Wait for the end; returns the exit code and what was said on standard error."""
        return self.process.wait(60), self.err.read_text()

    def kill(self):
        """End the master and its workers at once."""
        for pid in [self.process.pid, *self.workers()] if self.process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(60)


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """A server of echoes for all tests of a module, none of which may end it; bodies have at most 1 MiB."""
    server = Server(tmp_path_factory.mktemp("echo"), "echo:EchoHandler", {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "1"})
    yield server.ready()
    server.kill()


@pytest.fixture
def serve(tmp_path):
    """`serve("echo:EchoHandler", SAGEMAKER_BATCH="true")`: a server started with these environment variables."""
    servers = []

    def start(handler="echo:EchoHandler", **environ):
        servers.append(Server(tmp_path, handler, environ))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
