"""Bodies and their hashes, which are part of what is signed."""

import contextlib
import io
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, BinaryIO

from botocore.auth import STREAMING_UNSIGNED_PAYLOAD_TRAILER, UNSIGNED_PAYLOAD
from cheroot.server import ChunkedRFile

from emulator.api import protocol
from emulator.api.errors import ApiError, not_implemented
from emulator.auth.chunks import SIGNED_CHUNKS
from emulator.auth.refusal import RefusedError, Why

MAX_BYTES = 64 << 20  # of a body whose hash is part of its signature, so that it is held in memory until it is checked
DRAIN_SECONDS = 30
MAX_CHUNKED_BYTES = 16 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Hashed:
    """The body of a request to S3. ApiError is raised at its end when it is not the one that was signed."""

    def __init__(self, stream: BinaryIO, expected: str):
        self._stream, self._expected = stream, expected
        self._hash = sha256()

    def read(self, size: int = -1) -> bytes:
        """Read as from a file."""
        data = self._stream.read(size)
        self._hash.update(data)
        found = self._hash.hexdigest()
        if not data and size != 0 and found != self._expected:
            what = f"The SHA-256 of the body is {found}, not {self._expected} as x-amz-content-sha256 says"
            raise ApiError("XAmzContentSHA256Mismatch", what)
        return data


class _Discarded:
    """In place of a body too large for any service: its size is there to be refused, its bytes are not."""

    def __init__(self, size: int):
        self._left = size

    def read(self, size: int) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


def payload_of(environ: Mapping[str, Any]) -> str:
    """Return what a request to S3 says of its body in x-amz-content-sha256: a hash, or one of S3's words.

    Raises ApiError for what is neither, or left out of a request that is not a presigned URL.
    """
    said = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "" if "HTTP_AUTHORIZATION" in environ else UNSIGNED_PAYLOAD)
    if said.startswith("STREAMING-AWS4-ECDSA"):
        raise not_implemented(f"x-amz-content-sha256: {said[:60]}", "sign with AWS4-HMAC-SHA256")
    if said in (UNSIGNED_PAYLOAD, STREAMING_UNSIGNED_PAYLOAD_TRAILER, *SIGNED_CHUNKS) or _SHA256.fullmatch(said):
        return str(said)
    raise ApiError(
        "InvalidRequest", f"x-amz-content-sha256 is {said[:80]!r}: give the body's SHA-256, or {UNSIGNED_PAYLOAD}"
    )


def hold(environ: dict[str, Any]) -> str:
    """Read the body of a request into memory, leave it in `environ`, and return its SHA-256.

    Raises ApiError when it does not come whole, RefusedError when it is not the one in x-amz-content-sha256.
    """
    stream, found, kept, size = environ["wsgi.input"], sha256(), bytearray(), 0
    environ["wsgi.input"] = io.BytesIO()
    with protocol.reading():
        while chunk := stream.read(protocol.CHUNK_BYTES):
            found.update(chunk)
            size += len(chunk)
            if size <= MAX_BYTES:
                kept += chunk
            else:
                kept.clear()
    environ["wsgi.input"] = io.BytesIO(kept) if size <= MAX_BYTES else _Discarded(size)
    digest = found.hexdigest()
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", digest) != digest:
        raise RefusedError(Why.MISMATCH, "x-amz-content-sha256 is not the SHA-256 of the body: sign what is sent")
    return digest


def drain(stream: BinaryIO) -> bool:
    """Read what a refused caller still sends, since it would not read the answer before; False if there is more."""
    deadline = time.monotonic() + DRAIN_SECONDS
    if isinstance(stream, ChunkedRFile):  # it holds each chunk whole, and a caller says how large that is
        stream.maxlen = stream.bytes_read + MAX_CHUNKED_BYTES
    with contextlib.suppress(OSError, ValueError, ApiError):
        while stream.read(protocol.CHUNK_BYTES):
            if time.monotonic() > deadline:
                return False
        return True
    return False
