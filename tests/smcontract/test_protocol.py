"""Bytes at a real server that are not, or not quite, HTTP; and what headers may not do."""

import contextlib
import json
import random
import socket

import pytest

HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SEED = 20
FUZZED = 600


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """One server for all that is tried here; at the end its log must hold no traceback and no 5xx."""
    from tests.smcontract.conftest import Server

    server = Server(
        tmp_path_factory.mktemp("echo"), "echo:EchoHandler", {"SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT": "5"}
    )
    try:
        yield server.ready()
        assert "Traceback" not in server.err.read_text()
        assert [line for line in server.log() if line["status"] >= 500] == []
    finally:
        server.kill()


def raw(server, *pieces):
    """Send bytes as they are and return all that comes back until the server closes the connection."""
    with server.connect() as connection:
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def answers(data):
    """Status and body of each answer in a stream of them; the stream must hold nothing else."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
        length = int(headers.get(b"content-length", b"0"))
        assert lines[0].startswith(b"HTTP/1."), lines[0]
        if not lines[0].endswith(b"100 Continue"):
            found.append((int(lines[0][9:12]), rest[:length]))
        data = rest[length:]
    return found


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        (b"nonsense\r\n\r\n", 400, "'nonsense'"),
        (b"GET /ping\r\n\r\n", 400, "request line"),
        (b"GET /ping HTTP/1.1\nHost: x\n\n", 400, "bare LF"),
        (b"GET /ping HTTP/3.0\r\n\r\n", 400, "HTTP Version"),
        (b"get /ping HTTP/1.1\r\n\r\n", 400, "method"),
        (b"GET ping HTTP/1.1\r\n\r\n", 400, "request line"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "request line"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414, "too large"),
        (b"GET /" + b"a" * 70_000, 414, "too large"),
        (b"GET /ping HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "limit"),
        (b"GET /ping HTTP/1.1\r\n" + b"X: a\r\n" * 101 + b"\r\n", 431, "limit"),
        (b"GET /ping HTTP/1.1\r\n" + b"X: aaaaaaaaaaa\r\n" * 5000, 431, "65536 bytes"),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400, "Header"),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "HOST"),
        (b"GET /ping HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", 400, "folding"),
        (b"GET /ping HTTP/1.1\r\nX: \x00\r\n\r\n", 400, "Header"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "not valid HTTP/1.1"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "not valid HTTP/1.1"),
        (b"GET /ping HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417, "miracles"),
        (HEAD + b"Content-Length: many\r\n\r\nabc", 400, "CONTENT-LENGTH"),
        (HEAD + b"Content-Length: -1\r\n\r\nabc", 400, "CONTENT-LENGTH"),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nabc", 400, "CONTENT-LENGTH"),
        (HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nabc", 413, "larger than"),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "CONTENT-LENGTH"),
        (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "CONTENT-LENGTH"),
        (HEAD + b"Transfer-Encoding: strange\r\n\r\nabc", 400, "strange"),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc", 400, "TRANSFER-ENCODING"),
        (HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "TRANSFER-ENCODING"),
        (HEAD + b"Content-Length: 10\r\n\r\nabc", 400, "ended after 3 of 10 bytes"),
        (CHUNKED + b"3\r\nabc\r\n", 400, "ended after 3 bytes"),
        (CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n", 400, "chunk size"),
        (CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n", 400, "chunk size"),
        (CHUNKED + b"f" * 16 + b"\r\nabc", 400, "chunk size"),
        (CHUNKED + b"3" * 5000, 400, "chunk size"),
        (CHUNKED + b"3;a=\"b\r\nabc\r\n0\r\n\r\n", 400, "chunk extension"),
        (CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n", 400, "terminator"),
        (CHUNKED + b"3\r\nabc\r\n0\r\nbad trailer\r\n\r\n", 400, "Header"),
        (CHUNKED + b"3\r\nabc\r\n0\r\n" + b"X: a\r\n" * 2000, 431, "trailers"),
    ],
)  # fmt: skip
def test_errors_of_http_itself_are_answered_as_all_others(echo, sent, status, sentence):
    [(answered, body)] = answers(raw(echo, sent))
    answer = json.loads(body)
    assert (answered, set(answer)) == (status, {"error", "request_id"})
    assert sentence in answer["error"]
    echo.until(lambda: [line for line in echo.log() if line["id"] == answer["request_id"]])


def test_bodies_in_chunks_of_any_size_and_requests_in_pieces_of_any_size(echo):
    text = b"ab12" * 500
    choice = random.Random(SEED)
    for size in (1, 3, 1000, 2000):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        body = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Trailer: a\r\n\r\n"
        sent = (CHUNKED + body) * 2 + b"\r\n" + CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + body
        cuts = sorted(choice.sample(range(1, len(sent)), 40))
        parts = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
        assert answers(raw(echo, *parts)) == [(200, b'{"score": 0.5}\n')] * 3


@pytest.mark.parametrize(("length", "status"), [(2, 200), (30_000_000, 413)])
def test_who_expects_to_continue_is_answered_before_the_body(echo, length, status):
    with echo.connect() as connection:
        connection.sendall(HEAD + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
        first = connection.recv(65536)
        assert first.startswith(b"HTTP/1.1 100 Continue\r\n\r\n" if status == 200 else b"HTTP/1.1 413 ")
        if status == 200:
            connection.sendall(b"a1")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "header",
    ["SCRIPT_NAME: /ping", "PATH_INFO: /ping", "script_name: /x", "REMOTE_USER: root", "CONTENT_LENGTH: 9",
     "X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "X-Forwarded-Protocol: ssl", "X-Forwarded-Prefix: /x",
     "X-Script-Name: /x", "X-HTTP-Method-Override: DELETE", "Upgrade: h2c"],
)  # fmt: skip
def test_no_header_changes_what_is_asked(echo, header):
    request = HEAD + header.encode() + b"\r\nX-Forwarded-Proto: http\r\nContent-Length: 2\r\n\r\na1"
    assert answers(raw(echo, request)) == [(200, b'{"score": 0.5}\n')]


def test_the_environment_changes_no_path(serve):
    server = serve(SCRIPT_NAME="/x", FORWARDED_ALLOW_IPS="*", GUNICORN_CMD_ARGS="--bind 0.0.0.0:1").ready()
    assert server.predict("a1") == (200, b'{"score": 0.5}\n')


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_a_compressed_body_is_refused_by_name(echo, encoding):
    status, body = echo.ask("POST", "/invocations", b"a1", Content_Type="text/plain", Content_Encoding=encoding)
    assert status == 415
    assert f'the Content-Encoding "{encoding}" cannot be read here' in json.loads(body)["error"]


@pytest.mark.parametrize(
    "value", [b"\xff\xfe", b"a" * 8000, b"text/csv" * 900, b",;,;", b'"', b"text/csv;q=\xff", b"*/*/*"]
)
@pytest.mark.parametrize("name", [b"Accept", b"Content-Type", b"X-Amzn-SageMaker-Inference-Id"])
def test_odd_headers_are_the_clients_fault(echo, name, value):
    head = HEAD if name != b"Content-Type" else HEAD.replace(b"Content-Type: text/plain\r\n", b"")
    [(status, _)] = answers(raw(echo, head + name + b": " + value + b"\r\nContent-Length: 2\r\n\r\na1"))
    assert status in {200, 406, 415}


PARTS = (
    b"GET /ping HTTP/1.1\r\n", b"POST /invocations HTTP/1.1\r\n", b"Host: x\r\n",
    b"Content-Type: text/plain\r\n", b"\r\n", b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n",
    b"2\r\n", b"0\r\n\r\n", b"a1", b"\n", b"\r", b"\x00", b"\xff", b": ", b" ", b"HTTP/1.1",
    b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"Accept: */*\r\n", b"\x80" * 50, b"%00",
    b"OPTIONS * HTTP/1.1\r\n", b"CONNECT a:1 HTTP/1.1\r\n", b"GET http://[ HTTP/1.1\r\n",
    b"GET //x HTTP/1.0\r\n", b"?a=%ff#",
)  # fmt: skip


def test_whatever_bytes_come_the_answer_is_json_and_never_the_servers_fault(echo):
    choice = random.Random(SEED)
    for _ in range(FUZZED):
        sent = b"".join(choice.choice(PARTS) for _ in range(choice.randrange(1, 12)))
        for status, body in answers(raw(echo, sent + b"\r\n\r\n" * choice.randrange(2))):
            assert status < 500, sent
            assert status == 200 or json.loads(body)["error"], sent
    assert echo.pings()
