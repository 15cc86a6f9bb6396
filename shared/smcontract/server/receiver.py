"""The bytes that a client sends, cut into whole requests as they arrive. Waits for nothing and knows no socket."""

from typing import Any

from gunicorn.http import errors

from smcontract.errors import shown
from smcontract.httperrors import BadRequestError, HTTPError, PayloadTooLargeError, ProtocolError
from smcontract.server import head
from smcontract.server.body import BARE_NEWLINE, MAX_DISCARDED, Body, ChunkedBody
from smcontract.serving.messages import Request

MAX_HEAD = 64 * 1024  # bytes of request line and headers; gunicorn's limits on each line and on their number hold too

_STATUS = ((errors.LimitRequestLine, 414), (errors.LimitRequestHeaders, 431), (errors.ExpectationFailed, 417))


class Receiver:
    """The requests of one connection, one after the other."""

    def __init__(self, cfg: Any, limit: int) -> None:
        """Take bodies of at most `limit` bytes; `cfg` is gunicorn's configuration."""
        self._cfg, self._limit = cfg, limit
        self._buffer = bytearray()
        self._searched = 0
        self._number = 0
        self._pending: tuple[Request, Body] | None = None  # the request whose head has arrived, and its body
        self._error: HTTPError | None = None
        self._expected = False  # whether the client waits for a "100 Continue"

    @property
    def idle(self) -> bool:
        """Whether nothing of a next request has arrived."""
        return not self._buffer and self._pending is None

    @property
    def request(self) -> Request | None:
        """The request whose head has arrived, and not yet all of its body."""
        return self._pending[0] if self._pending else None

    @property
    def size(self) -> int:
        """The bytes held."""
        return len(self._buffer) + self._pending[1].size if self._pending else len(self._buffer)

    def feed(self, data: bytes) -> Request | None:
        """Take the next bytes; return the request if they are a plain one and nothing else: so come nearly all.

        All others come from `next`.
        """
        request = self._one(data) if self.idle and self._error is None else None
        if request is None:
            self._buffer += data
        return request

    def next(self) -> Request | None:
        """The next request, or None while it is not all there.

        Raises:
            ProtocolError: the bytes are not HTTP, or a header is too large; nothing can be read after it.
            PayloadTooLargeError: the body is longer than the limit, whether it says so beforehand or not (chunked).
        """
        if self._error is None:
            try:
                return self._next()
            except errors.ParseException as error:
                status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
                self._error = ProtocolError(status, shown(str(error), limit=200))
            except HTTPError as error:
                self._error = error
        raise self._error

    def expects_continue(self) -> bool:
        """Whether the client waits for a "100 Continue" before it sends the body; True only once a request."""
        expected, self._expected = self._expected, False
        return expected

    def end(self) -> None:
        """The client will send no more: raises BadRequestError if that is in the middle of a body."""
        if self._pending:
            raise BadRequestError(f"the body ended after {self._pending[1].progress}; send it again")

    def _one(self, data: bytes) -> Request | None:
        """The request that these bytes are, if they are a plain one and nothing else."""
        end = data.find(b"\r\n\r\n") + 4
        found = head.plain(data[:end])
        if found is None or len(data) != end + found.length or found.length > self._limit:
            return None
        self._number += 1
        found.request.body = data[end:]
        return found.request

    def _next(self) -> Request | None:
        if self.idle:
            return None
        self._pending = self._pending or self._head()
        if not self._pending:
            return None
        request, body = self._pending
        if not body.take(self._buffer):
            return None
        request.body = body.whole()
        self._pending, self._expected = None, False
        return request

    def _head(self) -> tuple[Request, Body] | None:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        data = self._buffer[: end + 4] if end >= 0 else self._buffer
        # A line that ends otherwise, or too much of it, is an error now: the end that is waited for may never come.
        if end < 0 and len(data) <= MAX_HEAD and not BARE_NEWLINE.search(data, max(0, self._searched - 1)):
            self._searched = len(data)
            return None
        try:
            found = head.parse(self._cfg, bytes(data), self._number + 1) if data else None
        except errors.NoMoreData:
            found = None
        if found is None or len(data) > MAX_HEAD:
            raise errors.LimitRequestHeaders(f"the headers have more than {MAX_HEAD} bytes")
        del self._buffer[: len(data)]
        self._searched, self._number = 0, self._number + 1
        self._expected = found.expects
        if found.trailers is not None:
            return found.request, ChunkedBody(self._limit, found.trailers)
        if found.length > self._limit and (self._expected or found.length > MAX_DISCARDED):
            raise PayloadTooLargeError(self._limit)
        return found.request, Body(self._limit, found.length)
