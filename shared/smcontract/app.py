"""The HTTP face of a model: /ping, /invocations and /execution-parameters, made by a factory that is given the model.

Starts nothing, listens to nothing, reads no settings of its own: that is the work of `smcontract.serve`.
"""

import logging
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from smcontract import body, media, strictjson
from smcontract.errors import UserError
from smcontract.gate import Gate
from smcontract.handler import Handler, Model
from smcontract.health import Health
from smcontract.httperrors import BadRequestError, BusyError, HTTPError, NotAcceptableError
from smcontract.requestlog import ENTRY, RequestLog
from smcontract.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ENDPOINTS = "GET /ping, POST /invocations and GET /execution-parameters"

# What answers a request that leaves the choice to us.
ANSWERS = {
    media.JSON: media.JSON,
    media.JSON_LINES: media.JSON_LINES,
    media.PLAIN: media.JSON_LINES,
    media.CSV: media.CSV,
    media.LIBSVM: media.CSV,
}

log = logging.getLogger(__name__)


def create_app(handler: Handler, model: Model, settings: Settings, health: Health, gate: Gate) -> Flask:
    """The WSGI application for a loaded model; raises UserError when the default Accept is not offered."""
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.wsgi_app = RequestLog(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation has it
    app.register_error_handler(Exception, _error)
    invoke = _Invocation(handler, model, settings, gate)

    @app.route("/ping", methods=["GET", "POST"])
    def ping() -> Response:
        return Response(status=health.status, content_type=media.PLAIN)

    @app.get("/execution-parameters")
    def execution_parameters() -> Response:
        return Response(strictjson.dumps(settings.execution_parameters()), content_type=media.JSON)

    @app.post("/invocations")
    def invocations() -> Response:
        environ = request.environ
        try:
            with gate.place():
                answer, content_type = invoke(environ)
        except BusyError:
            body.discard(environ)
            raise
        return Response(answer, content_type=content_type, headers=_attributes(environ))

    return app


class _Invocation:
    """A request's body to the body that answers it; every error is an HTTPError, or a bug."""

    def __init__(self, handler: Handler, model: Model, settings: Settings, gate: Gate) -> None:
        self._handler, self._model, self._settings, self._gate = handler, model, settings, gate
        self._accepted = handler.accepted(model)
        try:
            self._accept(None, self._accepted[0])
        except NotAcceptableError as error:
            raise UserError(f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: {error}") from None

    def __call__(self, environ: "WSGIEnvironment") -> tuple[bytes, str]:
        content = body.read(environ, self._settings.max_payload)
        content_type = media.content_type(environ.get("CONTENT_TYPE"), self._accepted)
        accept = self._accept(environ.get("HTTP_ACCEPT"), content_type)
        if not content and not self._settings.batch:
            raise BadRequestError("the body is empty; send at least one record")
        with self._gate.slot():
            parts = self._handler.default_input_fn(content, content_type)
            predictions = self._handler.default_predict_fn(parts, self._model)
            answer = self._handler.default_output_fn(predictions, accept)
        environ[ENTRY].update(records=len(predictions), bytes_in=len(content), bytes_out=len(answer))
        return answer, accept

    def _accept(self, asked: str | None, content_type: str) -> str:
        if asked is None or asked.strip() in {"", "*/*"}:
            asked = self._settings.default_accept
        return media.choose(asked, self._handler.offered, ANSWERS.get(content_type, self._handler.offered[0]))


def _attributes(environ: "WSGIEnvironment") -> dict[str, str]:
    """SageMaker hands custom attributes back to the caller only if the container echoes them."""
    attributes = environ.get("HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES")
    return {} if attributes is None else {"X-Amzn-SageMaker-Custom-Attributes": attributes}


def _error(error: Exception) -> Response:
    """The one place where an error becomes an answer: a sentence and the request's id, never a traceback."""
    entry, headers = request.environ[ENTRY], _attributes(request.environ)
    if isinstance(error, HTTPError):
        status, sentence = error.status, str(error)
    elif isinstance(error, HTTPException):
        status, sentence = error.code or 500, f"{entry['request']} is not served here: {ENDPOINTS} are"
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            headers["Allow"] = ", ".join(error.valid_methods)
    else:
        log.error("request %s failed", entry["id"], exc_info=error)
        status, sentence = 500, "the model failed on this request; the log has the reason under its request_id"
    entry["error"] = sentence
    answer = strictjson.dumps({"error": sentence, "request_id": entry["id"]})
    return Response(answer, status=status, content_type=media.JSON, headers=headers)
