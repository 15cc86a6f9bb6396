"""AWS's JSON protocol over HTTP, by hand: what no client of AWS sends, too."""

import http.client
import io
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.api import protocol
from emulator.api.call import Call
from emulator.api.errors import ApiError
from emulator.api.shapes import service_model
from emulator.operations import OPERATIONS
from tests.emulator.api.inputs import any_value
from tests.emulator.running import RunningEmulator

MODEL = service_model("sagemaker")
ARN = Call().arn("training-job", "a")


class Connection:
    """A connection that stays open."""

    def __init__(self, server: RunningEmulator):
        self._server = server
        self._connection = http.client.HTTPConnection(server.endpoint_url.removeprefix("http://"), timeout=60)

    def post(self, operation: str, body: Any, **headers: Any) -> tuple[int, Any, http.client.HTTPResponse]:
        content = body if isinstance(body, bytes | list) else json.dumps(body).encode()
        whole = b"".join(content) if isinstance(content, list) else content
        told = self._server.signed("sagemaker", "POST", "/", whole, **{"X-Amz-Target": f"SageMaker.{operation}"})
        self._connection.request("POST", "/", content, {**told, **headers}, encode_chunked=isinstance(content, list))
        response = self._connection.getresponse()
        return response.status, json.loads(response.read()), response

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def connection(server: RunningEmulator) -> Iterator[Connection]:
    opened = Connection(server)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("operation", "body", "status", "code", "message"),
    [
        ("ListTags", b"{", 400, "SerializationException", "the body of ListTags is not JSON: Expecting property"),
        ("ListTags", b"\xff", 400, "SerializationException", "the body of ListTags is not JSON: 'utf-8' codec"),
        ("ListTags", b"[" * 100_000, 400, "SerializationException", "is not JSON"),
        ("ListTags", b'{"ResourceArn": "\\ud800"}', 400, "SerializationException", "surrogates not allowed"),
        ("ListTags", b'{"ResourceArn": "\\u0000"}', 400, "SerializationException", "contains a null character"),
        ("ListTags", b'{"MaxResults": NaN}', 400, "SerializationException", "NaN is not a JSON number"),
        ("ListTags", b"[]", 400, "SerializationException", "the request is [], not of type structure"),
        ("ListTags", b"", 400, "ValidationException", "Value null at 'resourceArn'"),
        ("ListTags", {"ResourceArn": None}, 400, "ValidationException", "Value null at 'resourceArn'"),
        ("ListTags", {"ResourceArn": ARN}, 400, "ValidationException", f"The ARN {ARN} does not exist"),
        ("ListTag", {}, 404, "UnknownOperationException", "SageMaker has no operation ListTag"),
        ("CreateDomain", {}, 400, "UnknownOperationException", "CreateDomain is not supported by the emulator"),
        (
            "ListTags",
            b" " * (protocol.MAX_BYTES + 1),
            413,
            "RequestEntityTooLargeException",
            "The body has 8,388,609 bytes, more than the limit of 8,388,608",
        ),
    ],
)
def test_refused(connection: Connection, operation: str, body: Any, status: int, code: str, message: str) -> None:
    for _ in range(2):  # the connection is good for another request
        got, answer, response = connection.post(operation, body)
        assert (got, answer["__type"]) == (status, code)
        assert message in answer["message"]
        assert response.headers["x-amzn-ErrorType"] == code
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-amzn-RequestId"])


def test_a_body_in_chunks(connection: Connection) -> None:
    body = json.dumps({"ResourceArn": ARN}).encode()
    pieces = [body[:5], body[5:]]
    assert connection.post("ListTags", pieces, **{"Transfer-Encoding": "chunked"})[1]["message"].startswith("The ARN")


def test_chunks_that_are_none(server: RunningEmulator) -> None:
    headers = server.signed("sagemaker", "POST", "/", b"", **{"X-Amz-Target": "SageMaker.ListTags"})
    headers["Transfer-Encoding"] = "chunked"
    connection = http.client.HTTPConnection(server.endpoint_url.removeprefix("http://"), timeout=60)
    connection.request("POST", "/", iter([b"no chunk\r\n"]), headers, encode_chunked=False)
    response = connection.getresponse()
    assert (response.status, json.load(response)["__type"]) == (400, "IncompleteBody")
    connection.close()


def test_null_members_are_not_given(connection: Connection) -> None:
    status, answer, _ = connection.post("ListTags", {"ResourceArn": ARN, "MaxResults": None, "NextToken": None})
    assert (status, answer["__type"]) == (400, "ValidationException")


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_request_is_the_emulators_fault(connection: Connection, server: RunningEmulator, operation: str) -> None:
    """Requests that are nearly right, of every operation. What they create, if anything, fails by itself later."""
    rng = random.Random(operation)
    shape = MODEL.operation_model(operation).input_shape
    for turn in range(75):
        body = json.dumps(any_value(shape, rng, wrong=0.01 * (turn % 5)))
        status, answer, _ = connection.post(operation, body.encode())
        assert status < 500, (body, answer)
    assert "Traceback" not in server.log.read_text()


class Answer:
    """Takes down what a WSGI application answers."""

    def __call__(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ZeroDivisionError("division"), "the emulator is at fault: its log has the cause for request "),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
    ],
)
def test_an_operation_that_fails(caplog: pytest.LogCaptureFixture, error: Exception, message: str) -> None:
    def broken(platform: Any, call: Call, request: dict[str, Any]) -> dict[str, Any]:
        raise error

    call, answer = Call(), Answer()
    environ = {"HTTP_X_AMZ_TARGET": "SageMaker.ListModels", "wsgi.input": io.BytesIO()}
    (body,) = protocol.answer({"ListModels": broken}, None, call, environ, answer)
    assert answer.status == "500 Internal Server Error"
    assert answer.headers["x-amzn-ErrorType"] == json.loads(body)["__type"] == "InternalFailure"
    assert message in json.loads(body)["message"]
    (record,) = caplog.records
    assert call.request_id in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_further_members_of_an_error() -> None:
    answer = Answer()
    error = ApiError("ModelError", "it failed", 424, OriginalStatusCode=500)
    (body,) = protocol.error_answer(error, Call(), answer)
    assert json.loads(body)["OriginalStatusCode"] == 500
    assert answer.status == "424 Failed Dependency"
