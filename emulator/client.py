"""One HTTP request with a limit on the whole answer, which http.client's own timeout (a limit on each read) is not."""

import contextlib
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import BinaryIO

CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Reply:
    """A whole answer; header names are matched without regard to case."""

    status: int
    headers: Message
    body: bytes


def request(
    address: tuple[str, int],
    method: str,
    path: str,
    body: bytes | BinaryIO | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float,
) -> Reply:
    """Send and read the whole answer. A file without a Content-Length header goes out chunked.

    Raises TimeoutError after `timeout` seconds without a whole answer, OSError or http.client.HTTPException otherwise.
    """
    deadline = time.monotonic() + timeout
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    with contextlib.closing(connection):
        connection.connect()
        line = connection.sock
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused unread: the answer says why
            connection.request(method, path, body, dict(headers or {}))
        line.settimeout(_left(deadline))
        with connection.getresponse() as response:
            chunks = []
            while chunk := response.read1(CHUNK_BYTES):
                chunks.append(chunk)
                line.settimeout(_left(deadline))
            return Reply(response.status, response.headers, b"".join(chunks))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
