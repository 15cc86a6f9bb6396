import json
import logging
from datetime import datetime

import pytest
from smcontract.serving.requestlog import ATOMIC


@pytest.fixture
def ask(client, caplog):
    """`ask("/path", handler=..., headers=...)`: the lines logged for one request."""
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")

    def make(path, handler="echo:EchoHandler", data="a1", **headers):
        asked = client(handler)
        named = {"Content-Type": "text/plain"} | {name.replace("_", "-"): value for name, value in headers.items()}
        asked.post(path, data, named)
        asked.app.log.flush()
        lines = [json.loads(line) for record in caplog.records for line in record.getMessage().splitlines()]
        caplog.clear()
        return lines

    return make


def test_a_line(ask):
    [line] = ask("/invocations", data="a1\nab\n", X_Amzn_SageMaker_Inference_Id="id-7")
    assert (line["id"], line["request"], line["status"], line["records"]) == ("id-7", "POST /invocations", 200, 2)
    assert line["ms"] >= 0
    assert datetime.fromisoformat(line["time"]).tzinfo is not None


def test_every_request_has_an_id_of_its_own(ask):
    [[first], [second]] = ask("/invocations"), ask("/invocations")
    assert len(first["id"]) == 32
    assert first["id"] != second["id"]


@pytest.mark.parametrize(("path", "lines"), [("/ping", 0), ("/pong", 1), ("/invocations", 1)])
def test_only_a_healthy_ping_has_no_line(ask, path, lines):
    assert len(ask(path)) == lines


def test_a_ping_that_is_not_healthy_has_a_line(client, caplog):
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")
    asked = client()
    asked.app.health.state = None
    assert asked.get("/ping").status_code == 503
    asked.app.log.flush()
    assert json.loads(caplog.records[0].getMessage())["status"] == 503


def test_what_a_client_sends_cannot_break_the_line(ask):
    [line] = ask('/a\nb"', X_Amzn_SageMaker_Inference_Id='"é')
    assert (line["request"], line["id"]) == ('POST /a\nb"', '"é')


def test_the_line_of_an_error_is_there_before_its_answer_and_others_later(client, caplog):
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")
    asked = client()
    asked.post("/invocations", "a1", {"Content-Type": "text/plain"})
    assert caplog.records == []
    asked.post("/invocations", "", {"Content-Type": "text/plain"})
    assert caplog.records[0].getMessage().count("\n") == 1


def test_lines_are_written_in_pieces_that_a_pipe_keeps_whole(client, caplog):
    caplog.set_level(logging.INFO, "smcontract.serving.requestlog")
    asked = client()
    for _ in range(100):
        asked.post("/invocations", "a1", {"Content-Type": "text/plain"})
    asked.app.log.flush()
    pieces = [record.getMessage() + "\n" for record in caplog.records]
    assert sum(piece.count("\n") for piece in pieces) == 100
    assert len(pieces) < 20
    assert max(map(len, pieces)) <= ATOMIC
