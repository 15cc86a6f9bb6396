"""The answer to what never reaches the application: bytes that are not HTTP, a client too slow, a body too large.

It looks as the application's own errors do, and has its line in the log like any request.
"""

from http import HTTPStatus
from typing import Any

from smcontract import media, strictjson
from smcontract.httperrors import HTTPError
from smcontract.serving import requestlog

_ID = "X-AMZN-SAGEMAKER-INFERENCE-ID"
_ATTRIBUTES = "X-AMZN-SAGEMAKER-CUSTOM-ATTRIBUTES"


def render(error: HTTPError, request: Any = None) -> bytes:
    """The bytes of a whole answer, after which the connection ends; `request` is gunicorn's, if its head was read."""
    headers = dict(request.headers) if request else {}
    entry = requestlog.begin(f"{request.method} {request.path}" if request else "-", headers.get(_ID))
    entry |= {"status": error.status, "error": str(error)}
    requestlog.write(entry)
    body = strictjson.dumps({"error": str(error), "request_id": entry["id"]})
    lines = [
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
        f"Content-Type: {media.JSON}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if _ATTRIBUTES in headers:
        lines.append(f"X-Amzn-SageMaker-Custom-Attributes: {headers[_ATTRIBUTES]}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
