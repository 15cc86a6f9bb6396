"""The bytes that a client sends, cut into whole requests as they arrive.

Waits for nothing and knows no socket. gunicorn's own parser reads each head; only where it ends, and the body behind
it, are found here.
"""

import io
import re
from typing import Any

from gunicorn.http import errors
from gunicorn.http.body import CHUNK_EXT_RE, ChunkedReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from smcontract.errors import shown
from smcontract.httperrors import BadRequestError, HTTPError, PayloadTooLargeError, ProtocolError

MAX_HEAD = 64 * 1024  # bytes of request line and headers; gunicorn's limits on each line and on their number hold too
MAX_SIZE_LINE = 1024  # bytes of the line in front of a chunk: a number, and extensions that nobody uses
MAX_TRAILERS = 8 * 1024
# A client that is still sending does not listen, and would see its connection reset instead of the answer. So what is
# not wanted is read and thrown away, as far as the largest body that SageMaker sends at once (100 MB, batch transform).
MAX_DISCARDED = 100 * 1024 * 1024

_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?", re.DOTALL)
_STATUS = ((errors.LimitRequestLine, 414), (errors.LimitRequestHeaders, 431), (errors.ExpectationFailed, 417))


class Receiver:
    """The requests of one connection, one after the other."""

    def __init__(self, cfg: Any, peer: tuple[str, int], limit: int) -> None:
        """Take bodies of at most `limit` bytes; `cfg` is gunicorn's configuration."""
        self._cfg, self._peer, self._limit = cfg, peer, limit
        self._buffer = bytearray()
        self._searched = 0
        self._number = 0
        self._pending: tuple[Request, _Body] | None = None  # the request whose head has arrived, and its body
        self._error: HTTPError | None = None
        self._expected = False  # whether the client waits for a "100 Continue"

    @property
    def idle(self) -> bool:
        """Whether nothing of a next request has arrived."""
        return self._pending is None and not self._buffer

    @property
    def request(self) -> Request | None:
        """The request whose head has arrived, and not yet all of its body."""
        return self._pending[0] if self._pending else None

    @property
    def size(self) -> int:
        """The bytes held."""
        return len(self._buffer) + (self._pending[1].size if self._pending else 0)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._buffer += data

    def next(self) -> Request | None:
        """The next request, its `body` a stream of the whole of it, or None while it is not all there.

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

    def _next(self) -> Request | None:
        self._pending = self._pending or self._head()
        if not self._pending:
            return None
        request, body = self._pending
        if not body.take(self._buffer):
            return None
        request.body = body.whole()
        self._pending, self._expected = None, False
        return request

    def _head(self) -> "tuple[Request, _Body] | None":
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        head = self._buffer[: end + 4] if end >= 0 else self._buffer
        # A line that ends otherwise, or too much of it, is an error now: the end that is waited for may never come.
        if end < 0 and len(head) <= MAX_HEAD and not _BARE_NEWLINE.search(head, max(0, self._searched - 1)):
            self._searched = len(head)
            return None
        try:
            request = Request(self._cfg, IterUnreader([bytes(head)]), self._peer, self._number + 1)
        except errors.NoMoreData:
            request = None
        if request is None or len(head) > MAX_HEAD:
            raise errors.LimitRequestHeaders(f"the headers have more than {MAX_HEAD} bytes")
        del self._buffer[: len(head)]
        self._searched, self._number = 0, self._number + 1
        self._expected, request._expected_100_continue = request._expected_100_continue, False
        reader = request.body.reader
        if isinstance(reader, ChunkedReader):
            return request, _Chunked(self._limit, request)
        if reader.length > self._limit and (self._expected or reader.length > MAX_DISCARDED):
            raise PayloadTooLargeError(self._limit)
        return request, _Sized(self._limit, reader.length)


class _Body:
    """A body on its way: kept up to the limit, and above it only counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._content = io.BytesIO()
        self._arrived = 0

    @property
    def size(self) -> int:
        """The bytes held."""
        return self._content.tell()

    @property
    def progress(self) -> str:
        """How much has arrived, for a sentence."""
        return f"{self._arrived} bytes"

    def take(self, buffer: bytearray) -> bool:
        """Move what belongs to the body out of the buffer; return whether that is all of it."""
        raise NotImplementedError

    def whole(self) -> io.BytesIO:
        """The body as a stream; raises PayloadTooLargeError."""
        if self._arrived > self._limit:
            raise PayloadTooLargeError(self._limit)
        self._content.seek(0)
        return self._content

    def _move(self, buffer: bytearray, length: int) -> None:
        self._arrived += length
        if self._arrived > self._limit:
            self._content = io.BytesIO()
            if self._arrived > MAX_DISCARDED:
                raise PayloadTooLargeError(self._limit)
        else:
            with memoryview(buffer) as view:
                self._content.write(view[:length])
        del buffer[:length]


class _Sized(_Body):
    """A body whose length was said beforehand."""

    def __init__(self, limit: int, length: int) -> None:
        super().__init__(limit)
        self._length = length

    @property
    def progress(self) -> str:
        return f"{self._arrived} of {self._length} bytes"

    def take(self, buffer: bytearray) -> bool:
        self._move(buffer, min(len(buffer), self._length - self._arrived))
        return self._arrived == self._length


class _Chunked(_Body):
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self, limit: int, request: Request) -> None:
        super().__init__(limit)
        self._request = request
        self._left = 0  # bytes of the chunk at hand
        self._behind = False  # whether the newline behind a chunk is due
        self._last = False

    def take(self, buffer: bytearray) -> bool:
        while not self._last:
            if self._left:
                length = min(len(buffer), self._left)
                self._left -= length
                self._move(buffer, length)
                self._behind = not self._left
            if self._left or (self._behind and not self._newline(buffer)) or not self._size(buffer):
                return False
        return self._trailers(buffer)

    def _newline(self, buffer: bytearray) -> bool:
        if not b"\r\n".startswith(buffer[:2]):
            raise errors.ChunkMissingTerminator(bytes(buffer[:2]))
        if len(buffer) < 2:
            return False
        del buffer[:2]
        self._behind = False
        return True

    def _size(self, buffer: bytearray) -> bool:
        end = buffer.find(b"\r\n", 0, MAX_SIZE_LINE + 2)
        line = bytes(buffer[:end] if end >= 0 else buffer[: MAX_SIZE_LINE + 2])
        if end < 0 and len(line) <= MAX_SIZE_LINE and b"\n" not in line:
            return False
        found = _SIZE.fullmatch(line)
        if end < 0 or not found:
            raise errors.InvalidChunkSize(line[:20])
        if found[2] and not CHUNK_EXT_RE.fullmatch(found[2]):
            raise errors.InvalidChunkExtension("invalid chunk extension")
        self._left = int(found[1], 16)
        self._last = not self._left
        del buffer[: end + 2]
        return True

    def _trailers(self, buffer: bytearray) -> bool:
        if buffer.startswith(b"\r\n"):
            del buffer[:2]
            return True
        end = buffer.find(b"\r\n\r\n", 0, MAX_TRAILERS)
        if end < 0 and (len(buffer) > MAX_TRAILERS or _BARE_NEWLINE.search(buffer)):
            raise errors.LimitRequestHeaders("the trailers are too large, or one of their lines ends without CR")
        if end < 0:
            return False
        self._request.parse_headers(bytes(buffer[:end]), from_trailer=True)
        del buffer[: end + 4]
        return True
