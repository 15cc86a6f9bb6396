"""Reads `//key`, the path of a key that begins with a slash, as a path: cheroot takes it for the name of a host."""

import re
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest

MAX_CONTENT_BYTES = 5 << 30  # of one PutObject, as on AWS, and so of any body

ONCE = frozenset({b"Authorization", b"Content-Length", b"Content-Type", b"Host", b"Transfer-Encoding"})


class _Lines:
    """A reader of lines whose first has the second slash of its path encoded; `uri` is the path as it came."""

    def __init__(self, reader: Any):
        self._reader = reader
        self.uri: bytes | None = None

    def readline(self) -> bytes:
        line: bytes = self._reader.readline()
        method, _, rest = line.partition(b" ")
        if not rest.startswith(b"//"):
            return line
        self.uri = rest.split(b" ", 1)[0]
        return method + b" /%2F" + rest[2:]


class _Headers(dict[bytes, bytes]):
    """Headers of a request, of which those that decide what it is come once: of two, each reader would take another."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in self and (name in ONCE or name.startswith(b"X-Amz-")):
            raise ValueError(f"The header {name.decode('latin-1')} is given twice")
        super().__setitem__(name, value)


class Request(HTTPRequest):
    """cheroot's request, with every path that begins with a slash, and a 4xx for whatever the sender has done wrong."""

    def read_request_line(self) -> bool:
        """Read the first line of a request, and return whether it is well-formed."""
        self.rfile, reader = _Lines(self.rfile), self.rfile
        lines = self.rfile
        try:
            whole = bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError as error:  # of an address such as http://[
            self.simple_response("400 Bad Request", f"Malformed Request-URI: {error}")
            return False
        finally:
            self.rfile = reader
        if whole and lines.uri:
            self.uri = lines.uri
        return whole

    def read_request_headers(self) -> bool:
        """Read the headers, and return whether they are well-formed."""
        self.inheaders = _Headers()
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        length = self.inheaders.get(b"Content-Length", b"0")
        if not re.fullmatch(b"[0-9]{1,18}", length) or int(length) > MAX_CONTENT_BYTES:
            self.simple_response("413 Request Entity Too Large", f"Content-Length is above {MAX_CONTENT_BYTES:,}")
            return False
        return True

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer with a status alone. Those above 500 that say what a request asks in vain would be tried again."""
        asked_in_vain = status[:3] in ("501", "505")
        super().simple_response("400 Bad Request" if asked_in_vain else status, msg or status)


class Connection(HTTPConnection):
    """cheroot's connection, with such requests."""

    RequestHandlerClass = Request
