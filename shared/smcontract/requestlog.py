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
        entry: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": environ.get("HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID") or uuid.uuid4().hex,
            "request": f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}",
        }
        environ[ENTRY] = entry

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            entry["status"] = int(status[:3])
            return start_response(status, headers, *exc_info)

        answer = self._app(environ, start)
        entry["ms"] = round((time.monotonic() - began) * 1000, 2)
        if entry["status"] != 200 or environ["PATH_INFO"] != "/ping":
            log.info("%s", json.dumps(entry))
        return answer
