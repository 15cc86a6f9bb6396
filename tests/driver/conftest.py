"""Servers that the driver really talks to: moto's, which stands for AWS, and one that answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import botocore.session
import pytest
from botocore.validate import ParamValidator
from moto.server import ThreadedMotoServer

from driver import cli
from driver.aws.target import Target, aws_target, local_target
from emulator.api import shapes
from tests.service_models import service_models_read_once  # noqa: F401

ROLE = "arn:aws:iam::123456789012:role/service/Trainer"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path_factory):
    """No settings of this machine, and no way to a real account."""
    home = tmp_path_factory.mktemp("home")
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "LAUNCH_STATE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "no-credentials"))
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_server) -> str:
    """The address of moto's server, with nothing in it."""
    urlopen(Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    return moto_server


@pytest.fixture
def local(moto) -> Target:
    """moto, taken for the emulator."""
    return local_target(moto, None, None, None)


@pytest.fixture
def launch(moto, capsys, monkeypatch, tmp_path):
    """`launch("train", ...)`: (exit code, standard output, standard error) of a command that talks to moto."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        code = cli.main([*arguments, "--endpoint-url", moto])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


class Scripted(ThreadingHTTPServer):
    """Answers each request with the next of `answers`: (status, body, headers); the last one again and again.

    `None` closes the connection in the middle of the request. `seen` are (method, path, target header) of requests,
    `headers` and `bodies` what else came with them.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = []
        self.seen = []
        self.headers = []
        self.bodies = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    ahead = 0
    """Seconds by which the server's clock is ahead of this machine's."""

    def error(self, code, message="", status=400):
        self.answers.append(
            (status, json.dumps({"__type": code, "message": message}), {"Content-Type": "application/x-amz-json-1.1"})
        )

    def s3_error(self, code, message="", status=403):
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        region = {"x-amz-bucket-region": "us-west-2"} if status == 301 else {}
        self.answers.append((status, body, {"Content-Type": "application/xml", **region}))

    def ok(self, document=None):
        self.answers.append((200, json.dumps(document or {}), {"Content-Type": "application/x-amz-json-1.1"}))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + self.server.ahead)

    def _answer(self):
        server = self.server
        if self.path == "/_emulator/status":  # it is not an emulator, and wants no key
            self.send_error(404)
            return
        server.seen.append((self.command, self.path, self.headers.get("X-Amz-Target", "").rpartition(".")[2]))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if answer is None:
            self.rfile.read(1)
            self.close_connection = True
            self.connection.close()
            return
        server.headers.append(self.headers)
        server.bodies.append(self._read_body())
        status, body, headers = answer
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        promised = headers.get("Content-Length-Promised", str(len(content)))  # more than comes is an answer cut short
        for name, value in {**headers, "Content-Length": promised}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection |= promised != str(len(content))

    def _read_body(self):
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size + 2)[:size]
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer

    def log_message(self, *_):
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def amazon(scripted) -> Target:
    """AWS, whose every service answers as it is told."""
    return aws_target("eu-west-1", None, ROLE, "a-bucket", None, scripted.url)


@pytest.fixture(scope="session")
def valid():
    """`valid(request)`: fails unless the request is as AWS's service model has it, patterns and limits too."""
    session = botocore.session.get_session()

    def check(request):
        shape = session.get_service_model(request.service).operation_model(request.operation).input_shape
        parameters = {**request.parameters, **({"Body": b""} if request.file else {})}
        report = ParamValidator().validate(parameters, shape)
        assert not report.has_errors(), report.generate_report()
        shapes.check(shape, parameters)

    return check
