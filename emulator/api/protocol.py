"""AWS's JSON protocol, version 1.1: a POST whose X-Amz-Target names the operation, JSON in and JSON out."""

import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from emulator.api.call import Call
from emulator.api.errors import ApiError
from emulator.api.shapes import check, service_model
from emulator.errors import EmulatorError

TARGET = "SageMaker."
CHUNK_BYTES = 1 << 16
MAX_DEPTH = 100  # of lists and objects in each other; the deepest shape of a request has 15
MAX_BYTES = 8 << 20  # above any request of the API, which holds no data

log = logging.getLogger(__name__)


def answer(
    operations: Mapping[str, Callable[[Any, Call, dict[str, Any]], dict[str, Any]]],
    platform: Any,
    call: Call,
    environ: Mapping[str, Any],
    start_response: Callable[..., Any],
) -> Iterable[bytes]:
    """Answer one request to the SageMaker API."""
    name = environ["HTTP_X_AMZ_TARGET"].removeprefix(TARGET)
    try:
        result = carry_out(operations, platform, call, name, _body(environ))
    except Exception as error:  # noqa: BLE001 (every request is answered)
        return error_answer(failure(name, call, error), call, start_response)
    body = json.dumps(result).encode()
    start_response("200 OK", _headers(call, body))
    return [body]


def carry_out(operations: Mapping[str, Any], platform: Any, call: Call, name: str, body: bytes) -> dict[str, Any]:
    """Check the request and carry it out; raises ApiError."""
    model = service_model("sagemaker")
    if name not in model.operation_names:
        raise ApiError("UnknownOperationException", f"SageMaker has no operation {name}", 404)
    if name not in operations:
        raise ApiError("UnknownOperationException", f"{name} is not supported by the emulator")
    request = parse(name, body)
    shape = model.operation_model(name).input_shape
    if shape is not None:
        check(shape, request)
    result: dict[str, Any] = operations[name](platform, call, without_nulls(request))
    return result


def parse(name: str, body: bytes) -> Any:
    """Return the JSON of an operation's body; raises ApiError for what is not JSON, or what no service takes."""
    try:
        request = json.loads(body.decode() or "{}", parse_constant=_refuse_constant, parse_float=_finite)
        text = json.dumps(request, ensure_ascii=False)
        text.encode()  # half of a surrogate pair is not text
        _require_shallow(request)
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"the body of {name} is not JSON: {error}") from None
    if "\\u0000" in text:
        raise ApiError(
            "SerializationException",
            f"the body of {name} contains a null character, which cannot be passed to a program",
        )
    return request


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is out of range")
    return number


def _require_shallow(value: Any) -> None:
    """Raise ValueError for lists and objects that are nested deeper than MAX_DEPTH, level by level."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")


def without_nulls(value: Any) -> Any:
    """A member that is null has not been given."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def failure(name: str, call: Call, error: Exception) -> ApiError:
    """Return what is answered when an operation ended with this error; called where it is caught."""
    if isinstance(error, ApiError):
        return error
    log.exception("%s failed, request %s", name, call.request_id)
    if isinstance(error, EmulatorError | OSError):  # such as a full disk
        return ApiError("InternalFailure", str(error), 500)
    fault = f"the emulator is at fault: its log has the cause for request {call.request_id}"
    return ApiError("InternalFailure", fault, 500)


def error_answer(error: ApiError, call: Call, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer with an error, in the form that botocore reads for both JSON protocols."""
    body = json.dumps({"__type": error.code, "message": str(error), "Message": str(error), **error.members}).encode()
    start_response(status_line(error.status), [*_headers(call, body), ("x-amzn-ErrorType", error.code)])
    return [body]


def status_line(status: int) -> str:
    """Return a status with its reason.

    Example:
        >>> status_line(424)
        '424 Failed Dependency'
    """
    return f"{status} {HTTPStatus(status).phrase}"


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """Return the whole body; raises ApiError above `limit` bytes, of which none is held in memory then."""
    stream, kept, size = environ["wsgi.input"], bytearray(), 0
    with reading():
        while chunk := stream.read(CHUNK_BYTES):  # to its end: a client that still sends would not read the answer
            size += len(chunk)
            if size <= limit:
                kept += chunk
            else:
                kept.clear()
    if size > limit:
        raise too_large(size, limit)
    return bytes(kept)


@contextmanager
def reading() -> Iterator[None]:
    """Raise ApiError when a body that is read inside does not come, or not as its headers say."""
    try:
        yield
    except TimeoutError:
        raise ApiError("RequestTimeout", "The body did not arrive in time", 408) from None
    except ValueError as error:
        raise ApiError("IncompleteBody", f"The body is not encoded as its headers say: {error}") from None


def too_large(size: int, limit: int) -> ApiError:
    """What AWS's front answers to a body above the limit."""
    return ApiError(
        "RequestEntityTooLargeException", f"The body has {size:,} bytes, more than the limit of {limit:,}", 413
    )


def _body(environ: Mapping[str, Any]) -> bytes:
    return read_body(environ, MAX_BYTES)


def _headers(call: Call, body: bytes) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", call.request_id),
    ]
