"""The application of both pages: files for the browser, and an API of JSON, errors as `{"error": "a sentence"}`."""

from threading import Lock
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from driver.aws import examples
from driver.aws.target import Target
from driver.checkout import as_typed
from driver.errors import DriverError
from driver.trying import asking, batch, console, guard, vectors
from driver.trying.asking import Endpoint
from driver.trying.vectors import Vectors

LARGEST = 10 * 1000 * 1000
"""Bytes of a request: of the file of a table. InvokeEndpoint itself takes 25 MB."""

_TOO_LARGE = f"more than {LARGEST // 10**6} MB at once: send less, or use `./launch.py transform`"


class Pages:
    """What the pages ask for, of one target. `names` are the endpoints to show at first."""

    def __init__(self, target: Target, names: list[str]):
        self.target = target
        self.names = names
        self._endpoints: dict[str, Endpoint] = {}
        self._vectors: dict[str, Vectors] = {}
        self._reading = Lock()

    def about(self) -> dict[str, Any]:
        """What the page says of itself."""
        where = "the emulator on this machine" if self.target.is_local else f"Amazon SageMaker, {self.target.region}"
        return {"endpoints": self.names, "where": where, "console": self.target.is_local}

    def ask(self) -> dict[str, Any]:
        """A text: its label, or the neighbours of its words."""
        document = _document()
        endpoint, text = self._endpoint(document), _text(document, "text")
        reply = endpoint.explained([text])
        if not reply.is_vectors:
            found = asking.prediction(reply.answers[0])
        elif signed := vectors.terms(text):
            reply = endpoint.explained([word for _, word in signed])
            summed = vectors.total(signed, reply.answers)
            found = {"near": self._vectors_of(endpoint).near(summed, {word for _, word in signed})}
        else:
            raise DriverError("there is no word in it: write a word, or a sum such as king - man + woman")
        calls = examples.of_body(self.target, endpoint.name, reply.body)
        return {**found, "seconds": reply.seconds, "calls": calls}

    def batch(self) -> dict[str, Any]:
        """A table, as the body: its predictions. The address says the endpoint, the file's name, and the columns."""
        given = request.args
        endpoint = self._endpoint(given.to_dict())
        found = batch.predict(
            endpoint, given.get("name", "table.csv"), request.get_data(), given.get("text"), given.get("label")
        )
        return found.document()

    def _endpoint(self, document: dict[str, Any]) -> Endpoint:
        name = _text(document, "endpoint")
        return self._endpoints.setdefault(name, Endpoint(self.target, name))

    def _vectors_of(self, endpoint: Endpoint) -> Vectors:
        with self._reading:  # once, however many ask
            if endpoint.name not in self._vectors:
                self._vectors[endpoint.name] = vectors.fetch(self.target, endpoint.name)
            return self._vectors[endpoint.name]


def make(target: Target, names: list[str], token: str) -> Flask:
    """Return the application. The console is there only for the emulator: an account has AWS's own."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    guard.protect(app, token)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(DriverError, lambda error: (jsonify(error=as_typed(str(error))), 400))
    pages = Pages(target, names)
    app.add_url_rule("/", view_func=lambda: app.send_static_file("try.html"), endpoint="try")
    app.add_url_rule("/api/about", view_func=pages.about)
    app.add_url_rule("/api/ask", view_func=pages.ask, methods=["POST"])
    app.add_url_rule("/api/batch", view_func=pages.batch, methods=["POST"])
    if target.is_local:
        app.add_url_rule("/console", view_func=lambda: app.send_static_file("console.html"), endpoint="console")
        console.add(app, target)
    return app


def _explain(error: HTTPException) -> tuple[Response, int]:
    code = error.code or 500
    return jsonify(error=_TOO_LARGE if code == 413 else error.description), code


def _document() -> dict[str, Any]:
    document = request.get_json()
    if not isinstance(document, dict):
        abort(400, "the request is not a JSON object: send one with the keys endpoint and text")
    return document


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip():
        abort(400, f"the request has no {key}: send a text that is not empty")
    return value
