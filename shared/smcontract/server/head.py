"""The head of a request: its first line and its headers.

Nearly every head is plain, and llhttp, a parser in C, reads it. It is more lenient than a server behind a proxy should
be: a head that is anything but plain is read by gunicorn's parser, which also says in words what is wrong.
"""

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import httptools
from gunicorn.http.body import ChunkedReader
from gunicorn.http.message import Request as Message
from gunicorn.http.unreader import IterUnreader

from smcontract.serving.messages import Request

NOBODY = ("", 0)  # the client's address, of which gunicorn would ask whether to trust its X-Forwarded headers

_HOT = {b"POST /invocations HTTP/1.1": ("POST", "/invocations"), b"GET /ping HTTP/1.1": ("GET", "/ping")}
_PLAIN_BYTES, _PLAIN_FIELDS = 4096, 50  # below gunicorn's limits
_REMEMBERED_BYTES = 1024  # of a head that is worth remembering; 256 of them are
_LENGTH_BYTES = len(b"\r\nContent-Length: ")
_NOT_PLAIN = frozenset({"transfer-encoding", "expect", "upgrade"})
_KEEP = {"": True, "keep-alive": True, "close": False}  # by the Connection header


class Head(NamedTuple):
    """A request without its body. `length` is that of the body; of a chunked one `trailers` reads the last headers."""

    request: Request
    length: int
    trailers: Message | None = None
    expects: bool = False  # whether the client waits for a "100 Continue"


def parse(cfg: Any, data: bytes, number: int) -> Head:
    """Read a head, the `number`th of its connection, up to its empty line; raises gunicorn's ParseException."""
    return plain(data) or strict(cfg, data, number)


def plain(data: bytes) -> Head | None:
    """The head, by llhttp, if it is a plain one of the two requests that matter.

    A client's heads differ in Content-Length alone, most often: what llhttp says of the rest is remembered.
    """
    start = data.find(b"\r\nContent-Length: ") + _LENGTH_BYTES
    end = data.find(b"\r\n", start)
    digits = data[start:end]
    if start < _LENGTH_BYTES or len(data) > _REMEMBERED_BYTES or len(digits) > 9 or not digits.isdigit():
        read = _read(data)
        return Head(Request(read.method, read.path, read.headers, keep=read.keep), read.length) if read else None
    read = _remembered(data[:start] + b"0" + data[end:])
    if read is None:
        return None
    headers = {**read.headers, "content-length": digits.decode()}
    return Head(Request(read.method, read.path, headers, keep=read.keep), int(digits))


class _Read(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    keep: bool
    length: int


def _read(data: bytes) -> _Read | None:
    hot = _HOT.get(data[: data.find(b"\r\n")])
    if hot is None or len(data) > _PLAIN_BYTES or b"\r\n " in data or b"\r\n\t" in data:
        return None
    fields = _Fields()
    try:
        httptools.HttpRequestParser(fields).feed_data(data)
        headers = dict(fields.read)
        keep = _KEEP.get(headers.get("connection", "").lower())
        length = int(headers.get("content-length", "0"))
    except (httptools.HttpParserError, httptools.HttpParserUpgrade, ValueError):
        return None
    repeated = len(headers) < len(fields.read)
    if not fields.complete or repeated or len(headers) > _PLAIN_FIELDS or headers.keys() & _NOT_PLAIN or keep is None:
        return None
    return _Read(*hot, headers, keep, length)


_remembered = lru_cache(maxsize=256)(_read)


def strict(cfg: Any, data: bytes, number: int) -> Head:
    """The head, by gunicorn's parser; raises its ParseException, and NoMoreData when it has no end."""
    message = Message(cfg, IterUnreader([data]), NOBODY, number)
    headers: dict[str, str] = {}
    for name, value in message.headers:
        name = name.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    request = Request(message.method, unquote(message.path), headers, keep=not message.should_close())
    reader, expects = message.body.reader, message._expected_100_continue
    if isinstance(reader, ChunkedReader):
        return Head(request, 0, message, expects)
    return Head(request, reader.length, None, expects)


class _Fields:
    """What llhttp calls."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.read.append((name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")))

    def on_headers_complete(self) -> None:
        self.complete = True
