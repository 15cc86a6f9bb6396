"""What a model's server answers to GET /ping, POST /invocations and GET /execution-parameters.

Starts nothing, listens to nothing, reads no settings of its own: that is the work of `smcontract.server`.
"""

import logging
from collections.abc import Callable
from functools import partial

from smcontract import media, strictjson
from smcontract.errors import UserError
from smcontract.httperrors import (
    BadRequestError,
    HTTPError,
    NoSuchEndpointError,
    NotAcceptableError,
    TooManyRecordsError,
    UnsupportedEncodingError,
    UnsupportedMediaTypeError,
)
from smcontract.manifest import Model
from smcontract.monitoring import tally
from smcontract.monitoring.emf import EmbeddedMetrics
from smcontract.monitoring.monitor import Monitor, Observed
from smcontract.monitoring.tally import Tally
from smcontract.serving import tracing
from smcontract.serving.codecs import Parts
from smcontract.serving.handler import Handler
from smcontract.serving.health import Health
from smcontract.serving.memory import Limits
from smcontract.serving.messages import ATTRIBUTES, ID, Answer, Request
from smcontract.serving.requestlog import Entry, RequestLog, quote
from smcontract.serving.settings import Settings

INVOCATIONS = "/invocations"
UNLOGGED = frozenset({"/ping", "/metrics"})  # if all is well: they come every few seconds for ever

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

View = Callable[[Request], tuple[Answer, str]]  # and what the log says of the request, see `Entry.line`

_ATTRIBUTES = ATTRIBUTES.lower()

log = logging.getLogger(__name__)


class Application:
    """A loaded model's: a request to its answer, whatever goes wrong, and a line in the log."""

    def __init__(self, handler: Handler, model: Model, settings: Settings, limits: Limits, health: Health) -> None:
        """Raise UserError when the default Accept is not offered, or the baseline of a monitored model malformed."""
        self.log = RequestLog()
        self._settings, self.health = settings, health
        self._monitor = _monitor(model, settings)
        observed = Observed(model, self._monitor) if self._monitor else model
        self._invocation = _Invocation(handler, observed, settings, limits)
        self._views: dict[str, dict[str, View]] = {
            INVOCATIONS: {"POST": self._invoke},
            "/ping": dict.fromkeys(["GET", "HEAD", "POST"], self._ping),
            "/execution-parameters": dict.fromkeys(["GET", "HEAD"], self._parameters),
        }
        if self._monitor and self._monitor.tally:
            self._views["/metrics"] = dict.fromkeys(["GET", "HEAD"], partial(_metrics, self._monitor))

    def enter(self, place: int) -> None:
        """Count from now on as the worker of this place."""
        if self._monitor and self._monitor.tally:
            self._monitor.tally.place = place

    def __call__(self, request: Request) -> Answer:
        """Answer a request; never raises."""
        entry = _begin(request)
        try:
            views = self._views.get(request.path, {})
            if request.method not in views:
                raise NoSuchEndpointError(entry.request, views)
            answer, facts = views[request.method](request)
        except Exception as error:  # noqa: BLE001  # one boundary; what is not the client's fault is logged there
            return self._refuse(error, request, entry)
        if answer.status != 200 or request.path not in UNLOGGED:
            line = entry.line(answer.status, facts)
            if self._monitor and request.path == INVOCATIONS:
                line = self._monitor.answered(entry.began, entry.ms, line)
            self.log.write(line, at_once=False)
        return answer

    def refuse(self, error: HTTPError, request: Request | None) -> Answer:
        """Return an error answer. `request` is None when the request could not be read."""
        return self._refuse(error, request, _begin(request))

    def _refuse(self, error: Exception, request: Request | None, entry: Entry) -> Answer:
        """The one place where an error becomes an answer: a sentence and the request's id, never a traceback."""
        headers = _attributes(request)
        if isinstance(error, HTTPError):
            status, sentence = error.status, str(error)
            if isinstance(error, NoSuchEndpointError) and error.allowed:
                headers["Allow"] = ", ".join(error.allowed)
        else:
            log.error("request %s failed", entry.id, exc_info=error)
            status, sentence = 500, "the model failed on this request; the log has the reason under its request_id"
        line = entry.line(status, f'"error": {quote(sentence)}, ')
        if self._monitor and (request is None or request.path == INVOCATIONS):
            line = self._monitor.refused(entry.began, entry.ms, line)
        self.log.write(line, at_once=True)
        return Answer(status, media.JSON, strictjson.dumps({"error": sentence, "request_id": entry.id}), headers)

    def _ping(self, _request: Request) -> tuple[Answer, str]:
        return Answer(self.health.status, media.PLAIN, b""), ""

    def _parameters(self, _request: Request) -> tuple[Answer, str]:
        return Answer(200, media.JSON, strictjson.dumps(self._settings.execution_parameters())), ""

    def _invoke(self, request: Request) -> tuple[Answer, str]:
        if self._monitor:
            self._monitor.begin()
        records, answer, content_type = self._invocation(request)
        facts = f'"records": {records}, "bytes_in": {len(request.body)}, "bytes_out": {len(answer)}, '
        return Answer(200, content_type, answer, _attributes(request)), facts


class _Invocation:
    """A request to the number of its records, the body that answers it, and that body's type.

    Every error is an HTTPError, or a bug.
    """

    def __init__(self, handler: Handler, model: Model, settings: Settings, limits: Limits) -> None:
        self._handler, self._model, self._settings, self._limits = handler, model, settings, limits
        self._accepted = handler.accepted(model)
        try:
            self._accept(None, self._accepted[0])
        except NotAcceptableError as error:
            raise UserError(f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: {error}") from None

    def __call__(self, request: Request) -> tuple[int, bytes, str]:
        body = request.body
        content = self._content(request)
        accept = self._accept(request.headers.get("accept"), content.name)
        if not body and not self._settings.batch:
            raise BadRequestError("the body is empty; send at least one record")
        self._limits.check(body, content.name)
        parts = self._handler.default_input_fn(body, content.name)
        if content.header:
            parts = parts._replace(values=parts.values[1:])
        values = self._limits.check_records(parts.values, len(body))
        if values is not parts.values:
            parts = parts._replace(values=values)
        return len(values), self._answer(parts, accept, len(body)), accept

    def _content(self, request: Request) -> media.Content:
        encoding = request.headers.get("content-encoding", "")
        if encoding.strip().lower() not in {"", "identity"}:
            raise UnsupportedEncodingError(encoding)
        content = media.content_type(request.headers.get("content-type") or self._handler.untyped, self._accepted)
        if content.header and self._settings.batch:
            problem = (
                "header=present cannot be honoured in batch transform, which splits files: the later parts begin with "
                "a record; remove the header"
            )
            raise UnsupportedMediaTypeError(problem, self._accepted)
        return content

    def _answer(self, parts: Parts, accept: str, body_size: int) -> bytes:
        """Predict a slice of the records after the other: a prediction takes more memory than its bytes.

        The records have no more characters than the body has bytes, `body_size`.
        """
        is_small = body_size <= SLICE_CHARACTERS and len(parts.values) <= SLICE_RECORDS
        answers: list[bytes] = []
        size = 0
        for part in [parts] if is_small else parts.slices(SLICE_RECORDS, SLICE_CHARACTERS):
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


def _monitor(model: Model, settings: Settings) -> Monitor | None:
    if not settings.metrics:
        return None
    endpoint = settings.metrics_endpoint or model.manifest.image
    embedded = EmbeddedMetrics(settings.metrics_namespace, endpoint) if "emf" in settings.metrics else None
    counted = Tally(settings.workers, model.manifest.labels) if "prometheus" in settings.metrics else None
    return Monitor(model, embedded, counted)


def _metrics(monitor: Monitor, _request: Request) -> tuple[Answer, str]:
    return Answer(200, tally.CONTENT_TYPE, monitor.render()), ""


def _begin(request: Request | None) -> Entry:
    if request is None:
        return Entry("-", None)
    headers = request.headers
    return Entry(f"{request.method} {request.path}", headers.get(ID), tracing.members(headers))


def _attributes(request: Request | None) -> dict[str, str]:
    """SageMaker hands custom attributes back to the caller only if the container echoes them."""
    attributes = request.headers.get(_ATTRIBUTES) if request else None
    return {} if attributes is None else {ATTRIBUTES: attributes}
