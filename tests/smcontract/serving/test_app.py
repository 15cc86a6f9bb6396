import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from smcontract import media
from smcontract.serving.app import Application
from smcontract.serving.health import Health
from smcontract.serving.settings import Settings

from tests.fixtures.handlers.echo import EchoHandler, EchoModel
from tests.smcontract.conftest import Client

FIXTURES = Path(__file__).parents[2] / "fixtures"

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def post(client, body, content_type="application/json", accept=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {"Content-Type": content_type, "Accept": accept} | headers
    given = {name: value for name, value in named.items() if value is not None}
    return client.post("/invocations", data=body, headers=given)


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_ping(client, method):
    response = getattr(client(), method)("/ping")
    assert (response.status_code, response.data) == (200, b"")


def test_ping_before_the_golden_examples_were_scored():
    named = Settings("a:B", "model")
    app = Application(EchoHandler(), EchoModel(), named, named.limits(), Health())
    assert Client(app).get("/ping").status_code == 503


def test_what_a_handler_says_of_requests_that_leave_it_open():
    handler = EchoHandler()
    handler.untyped, handler.usual = media.PLAIN, media.CSV
    named = Settings("a:B", "model")
    health = Health()
    client = Client(Application(handler, EchoModel(), named, named.limits(), health))
    assert post(client, "a1", content_type=None).data == b"0.5\n"
    assert post(client, '"a1"', content_type="application/jsonlines", accept="*/*").content_type == media.CSV
    assert post(client, '"a1"', content_type="application/jsonlines", accept=media.JSON).content_type == media.JSON


def test_execution_parameters(client):
    response = client(max_concurrent_transforms=2, max_payload_mib=6, batch_strategy="SINGLE_RECORD").get(
        "/execution-parameters"
    )
    assert response.content_type == "application/json"
    assert response.json == {"MaxConcurrentTransforms": 2, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 6}


@pytest.mark.parametrize(
    ("content_type", "body", "accept", "answered", "answer"),
    [
        ("application/json", '{"instances": ["a1"]}', None, media.JSON, b'{"predictions": [{"score": 0.5}]}'),
        ("application/json", '{"text": "a1"}', "*/*", media.JSON, b'{"predictions": [{"score": 0.5}]}'),
        ("application/json", '{"instances": []}', None, media.JSON, b'{"predictions": []}'),
        ("application/json", '["a1", "ab"]', None, media.JSON, b'{"predictions": [{"score": 0.5}, {"score": 1.0}]}'),
        ("application/json", '{"instances": ["a1", "ab"]}', "text/csv", media.CSV, b"0.5\n1.0\n"),
        (
            "application/jsonlines",
            '"a1"\n{"text": "ab"}\n',
            None,
            media.JSON_LINES,
            b'{"score": 0.5}\n{"score": 1.0}\n',
        ),
        ("application/jsonlines", '"a1"', "application/json", media.JSON, b'{"predictions": [{"score": 0.5}]}'),
        ("text/csv; charset=utf-8", '"a,1 "\nab', None, media.CSV, b"0.25\n1.0\n"),
        ("text/csv", '"a\n""😀"\n', "*/*", media.CSV, b"0.25\n"),
        ("text/plain", "a1\r\nab", None, media.JSON_LINES, b'{"score": 0.5}\n{"score": 1.0}\n'),
        ("text/plain", "a1", "text/csv;q=0.5, application/json;q=0.1", media.CSV, b"0.5\n"),
    ],
)
def test_texts(client, content_type, body, accept, answered, answer):
    response = post(client(), body.encode(), content_type, accept)
    assert (response.status_code, response.content_type, response.data) == (200, answered, answer)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", "1,,2.5"),
        ("text/libsvm", "0 0:1 2:2.5"),
        ("text/x-libsvm", "0:1 2:2.5"),
        ("application/json", '{"instances": [{"features": [1, 0, 2.5]}]}'),
        ("application/json", '{"features": [1, null, 2.5]}'),
        ("application/jsonlines", "[1, 0.0, 2.5]"),
    ],
)
def test_numbers(client, content_type, body):
    assert post(client("sums:SumHandler"), body, content_type, "text/csv").data == b"3.5\n"


@pytest.mark.parametrize(
    ("handler", "content_type", "accept", "body", "status", "sentence"),
    [
        ("echo", "application/json", None, b"", 400, "the body is empty; send at least one record"),
        ("echo", "text/csv", None, b"", 400, "the body is empty"),
        ("echo", "application/json", None, b'{"instances": ["a"', 400, "not JSON: Expecting ',' delimiter at byte 18"),
        ("echo", "application/json", None, b'{"instances": [NaN]}', 400, "NaN is not a JSON number"),
        ("echo", "application/json", None, b'["a", 5]', 400, "record 2: expected a text"),
        ("echo", "application/json", None, b'{"instances": ["a", 5]}', 400, "record 2: expected a text"),
        ("echo", "application/json", None, b'{"text": ""}', 400, "record 1: the text is empty"),
        ("echo", "text/plain", None, b"a\n\nb\n", 400, "record 2: the text is empty"),
        ("echo", "text/csv", None, b"a\nb, c\n", 400, "record 2: the row has 2 columns"),
        ("echo", "text/csv", None, b'a\n"b', 400, "the body is not CSV"),
        ("echo", "text/csv", None, b"caf\xe9", 400, "the body is not UTF-8: byte 3 is 0xe9"),
        ("echo", "application/jsonlines", None, b'"a"\n{\n', 400, "record 2: the line is not JSON: "),
        ("echo", "image/png", None, b"a", 415, "this server accepts application/json, "),
        ("echo", None, None, b"a", 415, "no Content-Type header; this server accepts application/json"),
        ("echo", "text/csv; charset=latin-1", None, b"a", 415, 'the parameter "charset=latin-1"'),
        ("echo", "text/libsvm", None, b"a", 415, '"text/libsvm" cannot be read here'),
        ("echo", "text/csv", "image/png", b"a", 406, "ask for one of application/json, "),
        ("echo", "text/csv", "text/csv;q=0", b"a", 406, "ask for one of"),
        ("sums", "text/csv", None, b"1,2\n", 400, "record 1: the row has 2 features, the model takes 3"),
        ("sums", "text/csv", None, b"1,2,nan\n", 400, "record 1: a number is NaN"),
        ("sums", "text/libsvm", None, b"0 0:1\n0 3:1\n", 400, "record 2: index 3 is outside the model's 0 to 2"),
        ("sums", "text/plain", None, b"1,2,3\n", 415, "application/jsonlines, text/csv, text/libsvm"),
    ],
)  # fmt: skip
def test_bad_requests(client, handler, content_type, accept, body, status, sentence):
    handler = {"echo": "echo:EchoHandler", "sums": "sums:SumHandler"}[handler]
    response = post(client(handler), body, content_type, accept, X_Amzn_SageMaker_Inference_Id="id-7")
    assert (response.status_code, response.content_type) == (status, "application/json")
    assert sentence in response.json["error"]
    assert response.json["request_id"] == "id-7"


@pytest.mark.parametrize(
    ("content_type", "body", "answer"),
    [
        ("text/csv", b'a1\n\n"b\nc, d\nab\n', '0.5\nERROR: the text.*\n"?ERROR: the line.*\n"ERROR: the row.*"\n1.0\n'),
        ("text/plain", b"a1\n\nab\n", '{"score": 0.5}\n{"error": "the text is empty.*"}\n{"score": 1.0}\n'),
        ("application/jsonlines", b'"a1"\n{\n{}', '{"score": 0.5}\n{"error": "the line.*"}\n{"error": ".*no key.*"}\n'),
        ("application/json", b'{"instances": ["a1", 5]}', r'{"predictions": \[{"score": 0.5}, {"error": ".*"}\]}'),
        ("text/csv", b"", ""),
        ("application/jsonlines", b"", ""),
    ],
)  # fmt: skip
def test_batch_mode(client, content_type, body, answer):
    response = post(client(batch=True), body, content_type)
    assert response.status_code == 200
    assert re.fullmatch(answer, response.text)


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
@pytest.mark.parametrize("content_type", ["text/csv", "application/jsonlines", "application/json"])
def test_n_records_in_n_records_out(client, content_type, n):
    body = json.dumps({"instances": ["a1"] * n}) if content_type == "application/json" else '"a1"\n' * n
    response = post(client(batch=True), body, content_type)
    records = response.json["predictions"] if content_type == "application/json" else response.data.splitlines()
    assert (response.status_code, len(records)) == (200, n)


def test_a_review_of_a_megabyte(client):
    response = post(client(), "a" * 1024 * 1024, "text/plain", "text/csv")
    assert (response.status_code, response.data) == (200, b"1.0\n")


def test_explain(client):
    response = post(client(), '{"instances": ["a"], "explain": true}')
    assert response.json == {"predictions": [{"score": 1.0, "explanation": {}}]}


def test_a_header_row_is_skipped_where_it_is_announced(client):
    body = (FIXTURES / "requests" / "header.csv").read_bytes()
    rows = body.splitlines()
    announced = post(client(), body, "text/csv; header=present")
    assert announced.status_code == 200
    assert len(announced.data.splitlines()) == len(rows) - 1
    assert announced.data == post(client(), b"\n".join(rows[1:]), "text/csv; header=absent").data
    assert post(client(), b"text\n", "text/csv; header=present").data == b""
    wrong = post(client(), b"text\na\n\n", "text/csv; header=present")
    assert wrong.json["error"].startswith("record 2: ")
    batch = post(client(batch=True), body, "text/csv; header=present")
    assert batch.status_code == 415
    assert "header=present cannot be honoured in batch transform" in batch.json["error"]


@pytest.mark.parametrize(("content_type", "answered"), [("text/csv", "text/csv"), ("application/json", media.JSON)])
@pytest.mark.parametrize("accept", ["application/json, text/csv", "text/csv, application/json", "*/*"])
def test_of_equal_weights_the_requests_own_type_is_answered(client, content_type, answered, accept):
    body = b"a1" if content_type == "text/csv" else b'{"text": "a1"}'
    assert post(client(), body, content_type, accept).content_type == answered


@pytest.mark.parametrize(
    ("default", "accept", "content_type"),
    [
        ("text/csv", None, "text/csv"),
        ("text/csv", "*/*", "text/csv"),
        ("text/csv", "application/json", "application/json"),
        ("", None, "application/json"),
    ],
)
def test_the_default_accept(client, default, accept, content_type):
    assert post(client(default_accept=default), '{"text": "a"}', accept=accept).content_type == content_type


@pytest.mark.parametrize(("body", "status"), [('{"text": "a"}', 200), ("", 400)])
def test_custom_attributes_come_back(client, body, status):
    response = post(client(), body, **{ATTRIBUTES: "trace=7; é"})
    assert (response.status_code, response.headers[ATTRIBUTES]) == (status, "trace=7; é")


def test_no_custom_attributes(client):
    assert ATTRIBUTES not in post(client(), '{"text": "a"}').headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/models", 404),
        ("POST", "/invocations/", 404),
        ("GET", "/ping/", 404),
        ("GET", "/invocations", 405),
        ("OPTIONS", "/invocations", 405),
        ("DELETE", "/ping", 405),
        ("POST", "/execution-parameters", 405),
    ],
)
def test_what_is_not_served(client, method, path, status):
    response = client().open(path, method=method)
    assert (response.status_code, response.content_type) == (status, "application/json")
    assert response.json["error"].startswith(
        f"{method} {path} does not exist: this server answers GET /ping, POST /invocations"
    )
    assert ("Allow" in response.headers) == (status == 405)


@pytest.mark.parametrize("order", ["raise", "nan"])
def test_a_failing_model_is_a_500_without_a_traceback(client, order, caplog):
    response = post(client("obeys:ObedientHandler"), order, "text/plain", X_Amzn_SageMaker_Inference_Id="id-7")
    assert response.status_code == 500
    assert response.json == {
        "error": "the model failed on this request; the log has the reason under its request_id", "request_id": "id-7",
    }  # fmt: skip
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "id-7" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("depth", range(100, 1100, 25))
@pytest.mark.parametrize("template", ['{"instances": %s}', "%s", '{"text": %s}', '{"explain": %s}'])
def test_nesting_near_the_limit_of_the_interpreter(client, template, depth):
    body = template % ("[" * depth + "]" * depth)
    assert post(client(), body).status_code == 400


HEADERS = st.one_of(
    st.sampled_from(["application/json", "application/jsonlines", "text/csv", "text/plain", "text/libsvm", "*/*", ""]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
)
WORDS = st.sampled_from(
    ['{"instances":', '"text"', '"features"', '"explain"', "true", "null", "NaN", "1e999", "0:1", "nan", "[", "]", "}",
     ":", ",", '"', "\n", "\r\n", "\r", "\x00", " ", "a film", "😀", "\ud800",
     "9" * 4301, '"&#' + "1" * 4301 + ';"']
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    st.lists(WORDS, max_size=12).map(lambda words: "".join(words).encode(errors="surrogatepass")),
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists)
    .map(lambda value: json.dumps({"instances": value}).encode()),
)  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES, content_type=HEADERS, accept=HEADERS, batch=st.booleans(), handler=st.sampled_from(["echo", "sums"])
)
def test_no_client_can_cause_a_5xx(client, body, content_type, accept, batch, handler):
    handler = {"echo": "echo:EchoHandler", "sums": "sums:SumHandler"}[handler]
    response = post(client(handler, batch=batch), body, content_type, accept)
    assert response.status_code in {200, 400, 406, 415}
    if response.status_code != 200:
        assert set(response.json) == {"error", "request_id"}
