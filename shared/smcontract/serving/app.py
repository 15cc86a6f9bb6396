"""The HTTP face of a model: /ping, /invocations and /execution-parameters, made by a factory that is given the model.

Starts nothing, listens to nothing, reads no settings of its own: that is the work of `smcontract.server.serve`.
"""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from smcontract import media, strictjson
from smcontract.errors import UserError
from smcontract.httperrors import (
    BadRequestError,
    HTTPError,
    NotAcceptableError,
    TooManyRecordsError,
    UnsupportedEncodingError,
    UnsupportedMediaTypeError,
)
from smcontract.manifest import Model
from smcontract.serving.codecs import Parts
from smcontract.serving.gate import Gate
from smcontract.serving.handler import Handler
from smcontract.serving.health import Health
from smcontract.serving.memory import Limits
from smcontract.serving.requestlog import ENTRY, RequestLog
from smcontract.serving.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

WAITED = "smcontract.waited"  # key of the WSGI environment: how many seconds a request has waited for a thread
ENDPOINTS = "GET /ping, POST /invocations and GET /execution-parameters"

# What answers a request that leaves the choice to us.
ANSWERS = {
    media.JSON: media.JSON,
    media.JSON_LINES: media.JSON_LINES,
    media.PLAIN: media.JSON_LINES,
    media.CSV: media.CSV,
    media.LIBSVM: media.CSV,
    media.RECORDIO: media.CSV,
}

# What is predicted at once. More does not make a prediction faster, and fewer would.
SLICE_RECORDS = 1000
SLICE_CHARACTERS = 1024 * 1024

log = logging.getLogger(__name__)


def create_app(handler: Handler, model: Model, settings: Settings, limits: Limits, health: Health, gate: Gate) -> Flask:
    """The WSGI application for a loaded model; raises UserError when the default Accept is not offered."""
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.wsgi_app = RequestLog(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation has it
    app.register_error_handler(Exception, _error)
    invoke = _Invocation(handler, model, settings, limits, gate)

    @app.route("/ping", methods=["GET", "POST"])
    def ping() -> Response:
        return Response(status=health.status, content_type=media.PLAIN)

    @app.get("/execution-parameters")
    def execution_parameters() -> Response:
        return Response(strictjson.dumps(settings.execution_parameters()), content_type=media.JSON)

    @app.post("/invocations")
    def invocations() -> Response:
        environ = request.environ
        answer, content_type = invoke(environ)
        return Response(answer, content_type=content_type, headers=_attributes(environ))

    return app


class _Invocation:
    """A request's body to the body that answers it; every error is an HTTPError, or a bug."""

    def __init__(self, handler: Handler, model: Model, settings: Settings, limits: Limits, gate: Gate) -> None:
        self._handler, self._model, self._settings, self._gate = handler, model, settings, gate
        self._limits = limits
        self._accepted = handler.accepted(model)
        try:
            self._accept(None, self._accepted[0])
        except NotAcceptableError as error:
            raise UserError(f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: {error}") from None

    def __call__(self, environ: "WSGIEnvironment") -> tuple[bytes, str]:
        body = get_input_stream(environ).read()
        content = self._content(environ)
        accept = self._accept(environ.get("HTTP_ACCEPT"), content.name)
        if not body and not self._settings.batch:
            raise BadRequestError("the body is empty; send at least one record")
        with self._gate.slot(environ.get(WAITED, 0)):
            self._limits.check(body, content.name)
            parts = self._handler.default_input_fn(body, content.name)
            if content.header:
                parts = replace(parts, values=parts.values[1:])
            parts = replace(parts, values=self._limits.check_records(parts.values))
            answer = self._answer(parts, accept)
        environ[ENTRY].update(records=len(parts.values), bytes_in=len(body), bytes_out=len(answer))
        return answer, accept

    def _content(self, environ: "WSGIEnvironment") -> media.Content:
        encoding = environ.get("HTTP_CONTENT_ENCODING", "")
        if encoding.strip().lower() not in {"", "identity"}:
            raise UnsupportedEncodingError(encoding)
        content = media.content_type(environ.get("CONTENT_TYPE") or self._handler.untyped, self._accepted)
        if content.header and self._settings.batch:
            problem = (
                "header=present cannot be honoured in batch transform, which splits files: the later parts begin with "
                "a record; remove the header"
            )
            raise UnsupportedMediaTypeError(problem, self._accepted)
        return content

    def _answer(self, parts: Parts, accept: str) -> bytes:
        """Predict a slice of the records after the other: a prediction takes more memory than its bytes."""
        answers: list[bytes] = []
        size = 0
        for part in parts.slices(SLICE_RECORDS, SLICE_CHARACTERS):
            predictions = self._handler.default_predict_fn(part, self._model)
            answers.append(self._handler.default_output_fn(predictions, accept))
            size += len(answers[-1])
            if size > self._limits.answer:
                answered = part.first - 1 + len(part.values)
                allowed = max(1, self._limits.answer * answered // size)
                raise TooManyRecordsError(f"the answer has more than {self._limits.answer} bytes", allowed)
        return self._handler.join(answers, accept)

    def _accept(self, asked: str | None, content_type: str) -> str:
        if asked is None or asked.strip() in {"", "*/*"}:
            asked = self._settings.default_accept
        usual = self._handler.usual or ANSWERS.get(content_type, self._handler.offered[0])
        return media.choose(asked, self._handler.offered, usual)


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
        status, sentence = error.code or 500, f"{entry['request']} does not exist: this server answers {ENDPOINTS}"
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            headers["Allow"] = ", ".join(error.valid_methods)
    else:
        log.error("request %s failed", entry["id"], exc_info=error)
        status, sentence = 500, "the model failed on this request; the log has the reason under its request_id"
    entry["error"] = sentence
    answer = strictjson.dumps({"error": sentence, "request_id": entry["id"]})
    return Response(answer, status=status, content_type=media.JSON, headers=headers)
