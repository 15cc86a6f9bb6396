"""HTTP requests with a limit on the whole answer, which http.client's own timeout (a limit on each read) is not."""

import contextlib
import http.client
import select
import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import BinaryIO

CHUNK_BYTES = 65_536
IDLE_SECONDS = 1.0  # gunicorn hangs up after two: a connection is used again only well before that

Address = tuple[str, int]


@dataclass(frozen=True)
class Reply:
    """A whole answer; header names are matched without regard to case."""

    status: int
    headers: Message
    body: bytes


def request(
    address: Address,
    method: str,
    path: str,
    body: bytes | BinaryIO | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float,
) -> Reply:
    """Send over a connection of its own and read the whole answer. A file without a Content-Length goes out chunked.

    Raises TimeoutError after `timeout` seconds without a whole answer, OSError or http.client.HTTPException otherwise.
    """
    deadline = time.monotonic() + timeout
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    with contextlib.closing(connection):
        connection.connect()
        return _exchange(connection, method, path, body, headers or {}, deadline)


class Connections:
    """Connections to one address that stay open between requests. Threads may share it."""

    def __init__(self, address: Address):
        self._address = address
        self._idle: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._closed = False

    def request(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float,
    ) -> Reply:
        """As `request` does, over an idle connection when there is one.

        A server may hang up on an idle connection at the moment it is used again: when no byte of an answer came, the
        request is sent once more over a new connection, which is safe since /invocations must be idempotent.
        """
        deadline = time.monotonic() + timeout
        connection = self._take()
        if connection and isinstance(body, bytes | None):
            with contextlib.suppress(http.client.RemoteDisconnected):
                return self._use(connection, method, path, body, headers or {}, deadline)
        elif connection:
            connection.close()
        connection = http.client.HTTPConnection(*self._address, timeout=_remaining(deadline))
        connection.connect()
        return self._use(connection, method, path, body, headers or {}, deadline)

    def close(self) -> None:
        """Hang up after the requests under way: a server may wait for that before it ends."""
        self._closed = True
        self._hang_up()

    def _take(self) -> http.client.HTTPConnection | None:
        with contextlib.suppress(IndexError):  # the youngest first: an older one is as good as gone
            connection, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and not _readable(connection.sock):
                return connection
            connection.close()
            self._hang_up()
        return None

    def _use(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | BinaryIO | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Reply:
        try:
            reply = _exchange(connection, method, path, body, headers, deadline)
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:  # http.client has closed it when the server asked for that
            self._idle.append((connection, time.monotonic()))
        if self._closed:
            self._hang_up()
        return reply

    def _hang_up(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop()[0].close()


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | BinaryIO | None,
    headers: Mapping[str, str],
    deadline: float,
) -> Reply:
    line = connection.sock
    line.settimeout(_remaining(deadline))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused unread: the answer says why
        connection.request(method, path, body, dict(headers))
    line.settimeout(_remaining(deadline))
    if hasattr(socket, "TCP_QUICKACK"):  # or a server that writes head and body apart waits 40 ms for us
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    with _answer(connection) as response:
        chunks = []
        # From Python 3.12 on the last bytes close the answer, and the socket too if the server hangs up after it.
        while not response.isclosed() and (chunk := response.read1(CHUNK_BYTES)):
            chunks.append(chunk)
            if not response.isclosed():
                line.settimeout(_remaining(deadline))
        if response.length:  # read1 takes an early end for the end
            raise http.client.IncompleteRead(b"".join(chunks), response.length)
        return Reply(response.status, response.headers, b"".join(chunks))


def _answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    try:
        return connection.getresponse()
    except ConnectionResetError as error:
        raise http.client.RemoteDisconnected("the connection was closed before an answer arrived") from error


def _readable(line: socket.socket) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
