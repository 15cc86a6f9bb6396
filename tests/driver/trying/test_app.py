"""The API of the pages, over a real emulator: who is let in, what is answered, and what is refused."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from driver.aws.logs import Tail
from driver.aws.target import Target, aws_target
from driver.trying import app, batch, console, guard
from tests.driver.trying.conftest import HOSTILE, MODELS, TOKEN
from tests.emulator.client import GROUP, Client
from tests.waiting import until

RIGHT = {"Host": "127.0.0.1:80", guard.HEADER: TOKEN}
TABLE = (
    "label,text\npos,A wonderful film\nneg,An awful waste of time\npos,An awful waste\nneg,Naïve and awful\n".encode()
)


def ask(client: FlaskClient, text: Any, endpoint: Any = "reviews") -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/ask", json={"endpoint": endpoint, "text": text})
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"Host": "127.0.0.1:80"}, 200),
        ("/static/try.js", {"Host": "localhost:80"}, 200),
        ("/", {"Host": "evil.example:80"}, 421),
        ("/", {"Host": "127.0.0.1:81"}, 421),
        ("/", {"Host": "127.0.0.1"}, 421),
        ("/api/about", RIGHT | {"Host": "evil.example:80"}, 421),
        ("/api/about", {"Host": "127.0.0.1:80"}, 403),
        ("/api/about", RIGHT | {guard.HEADER: TOKEN[:-1]}, 403),
        ("/api/about", RIGHT | {guard.HEADER: "é"}, 403),
        ("/api/about?token=a-token", {"Host": "127.0.0.1:80", "Cookie": f"token={TOKEN}"}, 403),
        ("/api/console/objects", {"Host": "127.0.0.1:80"}, 403),
        ("/api/no-such", {"Host": "127.0.0.1:80"}, 403),
        ("/api/no-such", RIGHT, 404),
        ("/static/../app.py", RIGHT, 404),
        ("/api/about", RIGHT, 200),
    ],
)
def test_who_is_let_in(pages: Flask, path: str, headers: dict[str, str], status: int) -> None:
    answer = pages.test_client().get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == guard.HEADERS["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    if status != 200:
        assert list(answer.get_json()) == ["error"]
    answer.close()


def test_nothing_is_asked_without_the_token(pages: Flask) -> None:
    stranger = pages.test_client()
    for path in ("/api/ask", "/api/batch?endpoint=reviews"):
        answer = stranger.post(path, json={"endpoint": "reviews", "text": "a"}, headers={"Host": "127.0.0.1:80"})
        assert answer.status_code == 403


def test_tokens_differ() -> None:
    assert len({guard.make_token() for _ in range(100)}) == 100
    assert len(guard.make_token()) >= 43


def test_a_text(client: FlaskClient) -> None:
    status, found = ask(client, HOSTILE)
    assert status == 200
    assert found["label"] in ("neg", "pos")
    assert found["words"]
    assert set(found["calls"]) == {"curl", "boto3", "AWS CLI"}


def test_the_calls_get_the_same_answer_from_a_shell(client: FlaskClient, emulated: Client) -> None:
    status, found = ask(client, HOSTILE)
    assert status == 200
    names = {name.upper(): value for name, value in emulated.running.key.items()}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = {}
    for name, call in found["calls"].items():
        environment = {**os.environ, **names, "PATH": path}
        done = subprocess.run(["bash", "-euc", call], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said[name] = json.JSONDecoder().raw_decode(done.stdout)[0]
    assert said["curl"]["predictions"][0]["probabilities"] == dict(found["probabilities"])
    assert said["curl"] == said["boto3"] == said["AWS CLI"]


def test_a_sum_of_words(client: FlaskClient) -> None:
    status, found = ask(client, "train - lunch", "words")
    assert status == 200
    assert not {"train", "lunch"} & {word for word, _ in found["near"]}
    cosines = [cosine for _, cosine in found["near"]]
    assert cosines == sorted(cosines, reverse=True)
    assert '"train", "lunch"' in found["calls"]["AWS CLI"]


@pytest.mark.parametrize(
    ("text", "endpoint", "sentence"),
    [
        ("", "reviews", "the request has no text"),
        (7, "reviews", "the request has no text"),
        ("a", None, "the request has no endpoint"),
        ("a", "no-such", "cannot ask the endpoint no-such"),
        ("a", "../x", "the endpoint cannot be called"),
        ("unheardofword", "words", 'the model has no vector for "unheardofword"'),
        ("+ -", "words", "there is no word in it"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(client: FlaskClient, text: Any, endpoint: Any, sentence: str) -> None:
    status, found = ask(client, text, endpoint)
    assert status == 400
    assert sentence in found["error"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"[1]", 400), (b"{", 400), (b"0" * (app.LARGEST + 1), 413)], ids=["list", "broken", "large"]
)
def test_bodies_that_are_none(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/api/ask", data=body, content_type="application/json")
    assert answer.status_code == status
    assert "Traceback" not in answer.get_json()["error"]


def upload(client: FlaskClient, content: bytes, **given: str) -> tuple[int, dict[str, Any]]:
    parameters = {"endpoint": "reviews", "name": "reviews.csv", **given}
    answer = client.post("/api/batch", query_string=parameters, data=content)
    return answer.status_code, answer.get_json()


def test_a_table_with_labels(client: FlaskClient) -> None:
    status, found = upload(client, TABLE)
    assert status == 200, found
    assert found["evaluation"]["labels"] == ["neg", "pos"]
    assert found["evaluation"]["records"] == 4
    correct = sum(row[0] == row[2] for row in found["rows"])
    assert found["evaluation"]["accuracy"] == correct / 4
    assert found["head"] == ["label", "text", "predicted_label", "score"]
    assert found["csv"].startswith("\ufefflabel,text,predicted_label,score\n")


def test_a_table_without_labels(client: FlaskClient) -> None:
    status, found = upload(client, b"text\nA wonderful film\nAn awful waste of time\n", name="../../etc/x.csv")
    assert (status, found["evaluation"], found["lines"]) == (200, None, ["2 rows"])


def test_one_text_that_the_container_refuses_costs_no_other(client: FlaskClient) -> None:
    status, found = upload(client, b'label,text\npos,A wonderful film\nneg," "\nneg,An awful waste of time\n')
    assert status == 200, found
    assert "1 failed" in found["lines"][-1]
    assert found["evaluation"]["records"] == 2


def test_columns_may_be_named(client: FlaskClient) -> None:
    content = b"label,text,title\npos,A wonderful film,A dull film\nneg,An awful waste of time,A fine film\n"
    status, found = upload(client, content, text="title", label="label")
    assert status == 200, found
    assert found["evaluation"]["records"] == 2
    status, found = upload(client, content, text="no-such")
    assert status == 400
    assert "no column is called" in found["error"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "reviews.csv is empty"),
        (b"one,other\nA wonderful film is here,A dull film is here\n", "name the columns beside the file"),
        (b"text\n" + b"a fine film\n" * (batch.MOST_ROWS + 1), "this page takes 10,000"),
        (b"\x1f\x8b\x08broken", "reviews.csv"),
    ],
    ids=["empty", "two texts", "long", "broken archive"],
)
def test_what_is_no_table_is_a_sentence(client: FlaskClient, content: bytes, sentence: str) -> None:
    status, found = upload(client, content)
    assert status == 400
    assert sentence in found["error"]
    assert "/tmp" not in found["error"]


def test_the_console_shows_jobs_endpoints_and_their_logs(client: FlaskClient) -> None:
    listed = client.get("/api/console").get_json()
    assert {(each["kind"], each["name"]) for each in listed} == {
        ("training-job", "trained"), *(("endpoint", name) for name in MODELS)
    }  # fmt: skip
    asked = {"kind": "training-job", "name": "trained"}
    item = client.get("/api/console/item", query_string=asked).get_json()
    assert (item["status"], item["ended"]) == ("Completed", True)
    assert item["description"]["HyperParameters"] == {"said": HOSTILE}
    log = client.get("/api/console/log", query_string=asked).get_json()
    assert log["metrics"]["train:lines"]
    assert log["next"] == len(log["lines"]) > 0
    rest = client.get("/api/console/log", query_string={**asked, "after": log["next"] - 1}).get_json()
    assert rest["lines"] == log["lines"][-1:]


def test_each_request_to_an_endpoint_is_in_its_log(client: FlaskClient) -> None:
    def lines() -> list[str]:
        logged: list[str] = client.get("/api/console/log", query_string=asked).get_json()["lines"]
        return [line for line in logged if "/invocations" in line]

    asked = {"kind": "endpoint", "name": "reviews"}
    before = len(lines())
    ask(client, "a fine film")
    until(lambda: len(lines()) > before)  # a server writes its lines in batches


def test_the_console_shows_objects(client: FlaskClient, emulated: Client) -> None:
    def look(**given: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get("/api/console/objects", query_string=given).get_json()
        return found

    assert "bucket" in look()["folders"]
    assert "hostile/" in look(bucket="bucket")["folders"]
    (each,) = look(bucket="bucket", prefix="hostile/")["objects"]
    assert look(bucket="bucket", key=each["key"]) == {"text": HOSTILE, "size": len(HOSTILE.encode())}
    assert look(bucket="bucket", key="words/model.tar.gz")["text"] is None
    assert "does not exist" in look(bucket="no-such-bucket")["error"]


@pytest.mark.parametrize("query", [{}, {"kind": "user", "name": "x"}, {"kind": "endpoint", "name": "no-such"}])
def test_what_the_console_cannot_show_is_a_sentence(client: FlaskClient, query: dict[str, str]) -> None:
    answer = client.get("/api/console/item", query_string=query)
    assert answer.status_code == 400
    assert list(answer.get_json()) == ["error"]


def test_the_console_only_looks(pages: Flask) -> None:
    rules = [rule for rule in pages.url_map.iter_rules() if "console" in rule.rule]
    assert len(rules) == 5
    assert all((rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"} for rule in rules)


def test_an_account_has_no_console_here() -> None:
    made: Target = aws_target("eu-west-1", None, None, None, None)
    rules = {rule.rule for rule in app.make(made, ["reviews"], TOKEN).url_map.iter_rules()}
    assert "/api/ask" in rules
    assert not [rule for rule in rules if "console" in rule]


def test_a_log_keeps_its_latest_lines(target: Target, emulated: Client) -> None:
    stream = {"logGroupName": GROUP, "logStreamName": "long/algo-1-1234567890"}
    emulated.logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    log = console.Log(Tail(target, GROUP, "long/"))
    for start in (0, 4000):
        events = [{"timestamp": now, "message": str(number)} for number in range(start, start + 4000)]
        emulated.logs.put_log_events(**stream, logEvents=events)
        lines, following = log.after(start)
        assert (len(lines), lines[0], following) == (4000, f"algo-1 | {start}", start + 4000)
    assert log.after(0) == ([f"algo-1 | {number}" for number in range(8000 - console.MOST_LINES, 8000)], 8000)


def test_a_port_that_is_taken(emulated: Client) -> None:
    port = emulated.running.endpoint_url.rpartition(":")[2]
    command = ["local", "console", "--port", port, "--state", str(emulated.running.state)]
    done = subprocess.run([sys.executable, "-m", "driver", *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"launch.py: the page cannot listen on port {port}, which another program has")
