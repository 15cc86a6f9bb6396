import base64
import hashlib
import io
import zlib
from pathlib import Path
from typing import Any

import pytest

from emulator.api.errors import ApiError
from emulator.aws import uploads

BODY = b"some words"
CRC32 = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def request(body: bytes, method: str = "PUT", path: str = "/bucket/key", query: str = "", **headers: str) -> Any:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **headers,
    }


def received(tmp_path: Path, environ: dict[str, Any]) -> bytes:
    written = uploads.receive(environ, tmp_path / "file")
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("0", b"")
    assert "HTTP_X_AMZ_CONTENT_SHA256" not in environ
    return written.path.read_bytes()


def test_plain(tmp_path: Path) -> None:
    assert received(tmp_path, request(BODY)) == BODY


def test_signed_chunks(tmp_path: Path) -> None:
    encoded = b"5;chunk-signature=00\r\nsome \r\n5;chunk-signature=01\r\nwords\r\n0;chunk-signature=02\r\n\r\n"
    environ = request(encoded, HTTP_X_AMZ_CONTENT_SHA256=SIGNED, HTTP_X_AMZ_DECODED_CONTENT_LENGTH="10")
    stream = environ["wsgi.input"]
    assert received(tmp_path, environ) == BODY
    assert stream.read() == b""


def test_a_checksum_at_the_end_becomes_a_header(tmp_path: Path) -> None:
    encoded = b"a\r\nsome words\r\n0\r\nx-amz-checksum-crc32:" + CRC32.encode() + b"\r\n\r\n"
    environ = request(
        encoded,
        HTTP_X_AMZ_CONTENT_SHA256=TRAILED,
        HTTP_X_AMZ_DECODED_CONTENT_LENGTH="10",
        HTTP_X_AMZ_TRAILER="x-amz-checksum-crc32",
    )
    assert received(tmp_path, environ) == BODY
    assert environ["HTTP_X_AMZ_CHECKSUM_CRC32"] == CRC32


@pytest.mark.parametrize(
    ("environ", "code", "message"),
    [
        (request(BODY) | {"CONTENT_LENGTH": "11"}, "IncompleteBody", "The body has 10 bytes, not 11 as its headers"),
        (request(BODY, HTTP_TRANSFER_ENCODING="chunked"), "MissingContentLength", "provide the length of the content"),
        (request(b"-5\r\nsome", HTTP_X_AMZ_CONTENT_SHA256=SIGNED), "IncompleteBody", "instead of the size of a chunk"),
        (
            request(b"0x1\r\ns\r\n", HTTP_X_AMZ_CONTENT_SHA256=SIGNED),
            "IncompleteBody",
            "instead of the size of a chunk",
        ),
        (request(b"a\r\nsome", HTTP_X_AMZ_CONTENT_SHA256=SIGNED), "IncompleteBody", "ends inside a chunk"),
        (request(BODY, HTTP_X_AMZ_CONTENT_SHA256=SIGNED), "IncompleteBody", "has b'some words' instead of the size"),
        (
            request(BODY, HTTP_CONTENT_MD5=base64.b64encode(hashlib.md5(b"other").digest()).decode()),
            "BadDigest",
            "The MD5 of the body is",
        ),
        (
            request(BODY, HTTP_X_AMZ_CHECKSUM_CRC32="AAAAAA=="),
            "BadDigest",
            f"The CRC32 of the body is {CRC32}, not AAA",
        ),
        (request(BODY, HTTP_X_AMZ_CHECKSUM_SHA256="x"), "BadDigest", "The SHA256 of the body is"),
    ],
)
def test_a_body_that_is_not_as_its_headers_say(
    tmp_path: Path, environ: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ApiError) as error:
        uploads.receive(environ, tmp_path / "file")
    assert error.value.code == code
    assert message in error.value.message
    assert not list(tmp_path.iterdir())
