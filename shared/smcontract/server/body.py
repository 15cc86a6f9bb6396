"""The body of a request on its way: kept up to the limit, and above it only counted. Waits for nothing."""

import re

from gunicorn.http import errors
from gunicorn.http.body import CHUNK_EXT_RE
from gunicorn.http.message import Request as Message

from smcontract.httperrors import PayloadTooLargeError

MAX_SIZE_LINE = 1024  # bytes of the line in front of a chunk: a number, and extensions that nobody uses
MAX_TRAILERS = 8 * 1024
# A client that is still sending does not listen, and would see its connection reset instead of the answer. So what is
# not wanted is read and thrown away, as far as the largest body that SageMaker sends at once (100 MB, batch transform).
MAX_DISCARDED = 100 * 1024 * 1024

BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?", re.DOTALL)


class Body:
    """A body whose length was said beforehand."""

    def __init__(self, limit: int, length: int) -> None:
        self._limit, self._length = limit, length
        self._content = bytearray()
        self._arrived = 0

    @property
    def size(self) -> int:
        """The bytes held."""
        return len(self._content)

    @property
    def progress(self) -> str:
        """How much has arrived, for a sentence."""
        return f"{self._arrived} of {self._length} bytes"

    def take(self, buffer: bytearray) -> bool:
        """Move what belongs to the body out of the buffer; return whether that is all of it."""
        self._move(buffer, min(len(buffer), self._length - self._arrived))
        return self._arrived == self._length

    def whole(self) -> bytes:
        """All of it; raises PayloadTooLargeError."""
        if self._arrived > self._limit:
            raise PayloadTooLargeError(self._limit)
        return bytes(self._content)

    def _move(self, buffer: bytearray, length: int) -> None:
        self._arrived += length
        if self._arrived > self._limit:
            self._content = bytearray()
            if self._arrived > MAX_DISCARDED:
                raise PayloadTooLargeError(self._limit)
        else:
            with memoryview(buffer) as view:
                self._content += view[:length]
        del buffer[:length]


class ChunkedBody(Body):
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self, limit: int, message: Message) -> None:
        super().__init__(limit, 0)
        self._message = message
        self._left = 0  # bytes of the chunk at hand
        self._behind = False  # whether the newline behind a chunk is due
        self._last = False

    @property
    def progress(self) -> str:
        """How much has arrived; how much there is nobody knows."""
        return f"{self._arrived} bytes"

    def take(self, buffer: bytearray) -> bool:
        """Move chunks; raises gunicorn's ParseException."""
        while not self._last:
            if self._left:
                length = min(len(buffer), self._left)
                self._left -= length
                self._move(buffer, length)
                self._behind = not self._left
            if self._left or (self._behind and not self._newline(buffer)) or not self._begin(buffer):
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

    def _begin(self, buffer: bytearray) -> bool:
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
        if end < 0 and (len(buffer) > MAX_TRAILERS or BARE_NEWLINE.search(buffer)):
            raise errors.LimitRequestHeaders("the trailers are too large, or one of their lines ends without CR")
        if end < 0:
            return False
        self._message.parse_headers(bytes(buffer[:end]), from_trailer=True)
        del buffer[: end + 4]
        return True
