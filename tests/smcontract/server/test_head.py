"""Two parsers read heads: what the lenient one in C is trusted with, the strict one must read alike."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from hypothesis import given, settings
from hypothesis import strategies as st
from smcontract.server import head

PLAIN = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 7\r\n\r\n"
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"

LINES = st.sampled_from(
    [b"POST /invocations HTTP/1.1\r\n", b"GET /ping HTTP/1.1\r\n", b"GET /ping HTTP/1.0\r\n", b"Host: x\r\n",
     b"Content-Type: text/csv\r\n", b"Accept:text/csv \t\r\n", b"X:\r\n", b"A_b: c\r\n", b"Content-Length: 3\r\n",
     b"content-length:03\r\n", b"Content-Length: +3\r\n", b"Content-Length: 3, 3\r\n", b"Content-Length: \r\n",
     b"Content-Length: 3 3\r\n", b"Content-Length: 0x3\r\n", b"Content-Length: 99999999999999999999\r\n",
     b"Content_Length: 4\r\n", b"Content-Length : 3\r\n", b"Content-Length: \xb2\r\n",
     b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\tidentity\r\n",
     b"Connection: close\r\n",
     b"Connection: Keep-Alive\r\n", b"Connection: close, keep-alive\r\n", b"Connection: upgrade\r\n",
     b"Connection: \r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"Proxy-Connection: close\r\n",
     b"X: a\x00b\r\n", b"X: \x7f\r\n", b"X: \x01\r\n", b"X: \xff\r\n", b"X\xff: a\r\n", b"X@: a\r\n",
     b": a\r\n", b"a\r\n", b" folded\r\n", b"\tfolded\r\n", b"X: a\n", b"X: a\r", b"X: a\rb\r\n", b"\n", b"\r\n",
     b"X: " + b"a" * 5000 + b"\r\n"]
)  # fmt: skip
HEADS = st.one_of(
    st.lists(LINES, min_size=1, max_size=8).map(lambda lines: b"".join(lines) + b"\r\n"),
    st.tuples(st.sampled_from([PLAIN, PING]), st.integers(0, 200), st.binary(max_size=3))
    .map(lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]),
)  # fmt: skip


def strict(data):
    try:
        return head.strict(Config(), data, 1)
    except (ParseException, NoMoreData):
        return None


@settings(max_examples=1000, deadline=None)
@given(data=st.one_of(HEADS, HEADS.map(lambda data: PLAIN[:28] + data)))
def test_what_the_parser_in_c_takes_the_strict_one_reads_alike(data):
    data = data[: data.find(b"\r\n\r\n") + 4]
    plain = head.plain(data)
    if plain is None:
        return
    read = strict(data)
    assert read is not None
    for each in (plain, read):  # gunicorn leaves out what WSGI cannot hold, and nobody asks for
        each.request.headers = {name: value for name, value in each.request.headers.items() if "_" not in name}
    assert plain == read


@pytest.mark.parametrize(
    "more", [b"", b"Connection: keep-alive\r\n", b"Accept: */*\r\n", b"X-Amzn-SageMaker-Custom-Attributes: a=\xe9\r\n"]
)
def test_the_heads_of_usual_clients_are_plain(more):
    assert head.plain(PLAIN[:-2] + more + b"\r\n") == strict(PLAIN[:-2] + more + b"\r\n")


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-LENGTH"])
def test_heads_that_differ_in_length_alone_are_told_apart(name):
    heads = [
        PLAIN.replace(b"Content-Length: 7", name + b": " + number) for number in (b"7", b"0", b"12345", b"07", b"7")
    ]
    assert [head.plain(each).length for each in heads] == [7, 0, 12345, 7, 7]
    assert [head.plain(each) for each in heads] == list(map(strict, heads))


@pytest.mark.parametrize(
    "more",
    [b"Transfer-Encoding: chunked\r\n", b"Content-Length: 7\r\n", b"Expect: 100-continue\r\n", b"X: a\r\n b\r\n",
     b"Upgrade: h2c\r\n", b"X: a\nY: b\r\n", b"Content-Type: text/csv\r\n", b"Connection: close, x\r\n"],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_not(more):
    assert head.plain(PLAIN[:-2] + more + b"\r\n") is None
