"""Reads the body of PutObject and UploadPart into a file: moto, which holds bodies in memory, sees an empty one.

Bodies come plain or in the aws-chunked encoding, whose chunks may carry signatures, and whose end may carry a checksum
(docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
"""

import base64
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from emulator.api.errors import ApiError
from emulator.api.protocol import reading
from emulator.auth.chunks import VARIABLE, Chunks
from emulator.aws.content import CHUNK_BYTES, ContentFile, write

_CHECKSUM = "HTTP_X_AMZ_CHECKSUM_"
_MAX_LINE_BYTES = 8192


class _Crc32:
    """zlib.crc32 in hashlib's clothes."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, chunk: bytes) -> None:
        self._value = zlib.crc32(chunk, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_ALGORITHMS: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {"CRC32": _Crc32, "SHA1": lambda: hashlib.sha1(usedforsecurity=False), "SHA256": hashlib.sha256}
)
"""Those of S3's checksums that are verified. The others, CRC32C and CRC64NVME, need a library."""


def receive(environ: dict[str, Any], path: Path) -> ContentFile:
    """Write the body to `path`, check it, and leave in `environ` an empty body and the headers of a plain one.

    Raises ApiError (IncompleteBody, BadDigest) with nothing at `path`.
    """
    if "HTTP_TRANSFER_ENCODING" in environ and "HTTP_X_AMZ_DECODED_CONTENT_LENGTH" not in environ:
        message = "You must provide the length of the content: Content-Length, or x-amz-decoded-content-length"
        raise ApiError("MissingContentLength", message, 411)  # else a cut body could pass for a whole one
    sums = {name: make() for name, make in _ALGORITHMS.items() if _is_announced(environ, name)}
    encoded = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-")
    trailer: dict[str, str] = {}
    chunks = environ.get(VARIABLE)
    plain = _decode(environ["wsgi.input"], trailer, chunks) if encoded else _plain(environ["wsgi.input"])
    expected = environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH" if encoded else "CONTENT_LENGTH")

    def check() -> Iterator[bytes]:
        size = 0
        for chunk in plain:
            size += len(chunk)
            for one in sums.values():
                one.update(chunk)
            yield chunk
        if expected is not None and size != int(expected):
            raise ApiError("IncompleteBody", f"The body has {size:,} bytes, not {int(expected):,} as its headers say")
        environ.update({f"{_CHECKSUM}{name}": value for name, value in trailer.items()})
        for name, one in sums.items():
            _compare(name, environ.get(f"{_CHECKSUM}{name}"), one.digest())

    with reading():
        written = write(path, check())
    try:
        _compare("MD5", environ.get("HTTP_CONTENT_MD5"), bytes.fromhex(written.md5))
    except ApiError:
        path.unlink()
        raise
    for name in ("HTTP_X_AMZ_CONTENT_SHA256", "HTTP_TRANSFER_ENCODING", "wsgi.input_terminated"):
        environ.pop(name, None)
    environ |= {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}
    return written


def _is_announced(environ: Mapping[str, Any], name: str) -> bool:
    return f"{_CHECKSUM}{name}" in environ or f"x-amz-checksum-{name.lower()}" in environ.get("HTTP_X_AMZ_TRAILER", "")


def _compare(name: str, given: str | None, digest: bytes) -> None:
    found = base64.b64encode(digest).decode()
    if given is not None and given != found:
        raise ApiError("BadDigest", f"The {name} of the body is {found}, not {given} as its headers say")


def _plain(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def _decode(stream: BinaryIO, trailer: dict[str, str], chunks: Chunks | None) -> Iterator[bytes]:
    """The content of an aws-chunked body; checksums at its end go into `trailer`. `chunks` checks those signed."""
    size, signature = _chunk_head(stream)
    while size:
        while size:
            chunk = stream.read(min(size, CHUNK_BYTES))
            if not chunk:
                raise ApiError("IncompleteBody", "The body ends inside a chunk")
            size -= len(chunk)
            if chunks:
                chunks.update(chunk)
            yield chunk
        stream.readline(_MAX_LINE_BYTES)
        if chunks:
            chunks.end(signature)
        size, signature = _chunk_head(stream)
    if chunks:
        chunks.end(signature)
    lines = b""
    while line := stream.readline(_MAX_LINE_BYTES).decode("latin-1").strip():
        name, _, value = line.partition(":")
        if name.lower() == "x-amz-trailer-signature" and chunks:
            chunks.end_trailer(lines, value.strip())
            lines = b""
        elif name.lower().startswith("x-amz-checksum-"):
            trailer[name.lower().removeprefix("x-amz-checksum-").upper()] = value.strip()
            lines += f"{name}:{value}\n".encode("latin-1")
    if lines and chunks:
        raise ApiError("SignatureDoesNotMatch", "The headers at the end of the body are not signed", 403)
    while stream.read(CHUNK_BYTES):
        pass  # what is left unread would be taken for the next request


def _chunk_head(stream: BinaryIO) -> tuple[int, str]:
    """The size of the chunk that follows, and its signature, if it has one."""
    line = stream.readline(_MAX_LINE_BYTES)
    head = re.fullmatch(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=(\w+)|;.*)?\r?\n", line, re.DOTALL)
    if head is None:
        raise ApiError("IncompleteBody", f"The body has {line[:50]!r} instead of the size of a chunk")
    return int(head[1], 16), (head[2] or b"").decode("latin-1")
