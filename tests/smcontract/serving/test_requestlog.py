import json
import logging
from datetime import datetime

import pytest
from smcontract.serving.requestlog import ENTRY, RequestLog
from werkzeug.test import Client
from werkzeug.wrappers import Response


@pytest.fixture
def ask(caplog):
    """`ask("/path", status=..., headers=...)`: the lines logged for one request to an application with that answer."""
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")

    def make(path, status=200, **headers):
        def app(environ, start_response):
            environ[ENTRY]["records"] = 7
            return Response("answer", status)(environ, start_response)

        client = Client(RequestLog(app))
        response = client.post(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert (response.status_code, response.text) == (status, "answer")
        return [json.loads(record.getMessage()) for record in caplog.records]

    return make


def test_a_line(ask):
    [line] = ask("/invocations", X_Amzn_SageMaker_Inference_Id="id-7")
    assert (line["id"], line["request"], line["status"], line["records"]) == ("id-7", "POST /invocations", 200, 7)
    assert line["ms"] >= 0
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


def test_every_request_has_an_id_of_its_own(ask):
    ask("/invocations")
    first, second = ask("/invocations")
    assert len(first["id"]) == 32
    assert first["id"] != second["id"]


@pytest.mark.parametrize(("path", "status", "lines"), [("/ping", 200, 0), ("/ping", 503, 1), ("/pong", 200, 1)])
def test_only_a_healthy_ping_has_no_line(ask, path, status, lines):
    assert len(ask(path, status)) == lines


def test_what_a_client_sends_cannot_break_the_line(ask):
    [line] = ask("/a%0Ab%22", X_Amzn_SageMaker_Inference_Id='"é')
    assert (line["request"], line["id"]) == ('POST /a\nb"', '"é')
