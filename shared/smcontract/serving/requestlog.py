"""One JSON line a request. A healthy /ping has none: it comes every few seconds for ever.

WSGI middleware, so that what Flask answers by itself is logged too. Where lines go is the server's business.
"""

import json
import logging
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENTRY = "smcontract.entry"  # key of the WSGI environment: the line's dict; it has an `id`, and views may add to it

log = logging.getLogger(__name__)


class RequestLog:
    """The wrapped application, with a line written after each of its answers."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request and write its line."""
        began = time.monotonic()
        given = environ.get("HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID")
        entry = begin(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", given)
        environ[ENTRY] = entry

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            entry["status"] = int(status[:3])
            return start_response(status, headers, *exc_info)

        answer = self._app(environ, start)
        entry["ms"] = round((time.monotonic() - began) * 1000, 2)
        if entry["status"] != 200 or environ["PATH_INFO"] != "/ping":
            write(entry)
        return answer


def begin(request: str, given: str | None) -> dict[str, Any]:
    """The beginning of a line, with the id that SageMaker has given to the request, or one of its own."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "id": given or uuid.uuid4().hex,
        "request": request,
    }


def write(entry: dict[str, Any]) -> None:
    """Write a line."""
    log.info("%s", json.dumps(entry))
