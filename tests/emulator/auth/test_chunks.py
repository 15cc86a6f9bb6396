"""Signed chunks: the example of AWS's own pages, and over the wire."""

import base64
import http.client
import zlib
from functools import partial
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from emulator.api.errors import ApiError
from emulator.auth import signature
from emulator.auth.chunks import Chunks
from emulator.auth.signature import Version4
from tests.emulator.running import RunningEmulator

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
EXAMPLE = [
    (b"a" * 65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
]
"""https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html"""


def chunks_of(secret: str, region: str, time: str, seed: str) -> Chunks:
    signed = Version4("", region, "s3", None, time, (), seed, "")
    return Chunks(partial(signature.sign, secret, signed), time, signed.scope, seed)


def text(kind: str, signed: Version4, last: str, parts: list[bytes]) -> str:
    """What is signed of a chunk or a trailer."""
    hashes = [sha256(part).hexdigest() for part in parts]
    return "\n".join([f"AWS4-HMAC-SHA256-{kind}", signed.time, signed.scope, last, *hashes])


def test_the_example_of_aws() -> None:
    chunks = chunks_of(SECRET, "us-east-1", "20130524T000000Z", SEED)
    for content, signed in EXAMPLE:
        chunks.update(content)
        chunks.end(signed)


@pytest.mark.parametrize("turn", range(3))
def test_a_chunk_that_was_changed(turn: int) -> None:
    chunks = chunks_of(SECRET, "us-east-1", "20130524T000000Z", SEED)
    for content, signed in EXAMPLE[:turn]:
        chunks.update(content)
        chunks.end(signed)
    chunks.update(EXAMPLE[turn][0] + b"b")
    with pytest.raises(ApiError, match="A chunk of the body does not have the signature it came with"):
        chunks.end(EXAMPLE[turn][1])


@pytest.mark.parametrize("spoil", [None, b"some", b"signature=", b"crc32:"])
def test_over_the_wire(server: RunningEmulator, spoil: bytes | None) -> None:
    s3 = server.client("s3")
    bucket = f"chunks-{(spoil or b'right').hex()}"
    s3.create_bucket(Bucket=bucket)
    path = f"/{bucket}/key"
    content = b"some words"
    told = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    headers = server.signed("s3", "PUT", path, **told)
    seed = headers["Authorization"].rpartition("=")[2]
    key = server.key["aws_secret_access_key"]
    signed = Version4("", "us-east-1", "s3", None, headers["X-Amz-Date"], (), seed, "")
    sign = partial(signature.sign, key, signed)
    body = b""
    last = seed
    for piece in (content[:5], content[5:], b""):
        last = sign(text("PAYLOAD", signed, last, [b"", piece]))
        body += f"{len(piece):x};chunk-signature={last}\r\n".encode() + piece + (b"\r\n" if piece else b"")
    crc32 = base64.b64encode(zlib.crc32(content).to_bytes(4, "big"))
    trailer = b"x-amz-checksum-crc32:" + crc32 + b"\n"
    last = sign(text("TRAILER", signed, last, [trailer]))
    body += trailer.replace(b"\n", b"\r\n") + f"x-amz-trailer-signature:{last}\r\n\r\n".encode()
    if spoil:
        place = body.index(spoil) + len(spoil)
        body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    connection = http.client.HTTPConnection(urlsplit(server.endpoint_url).netloc, timeout=60)
    connection.request("PUT", path, body, headers)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    if spoil:
        assert (answer.status, "<Code>SignatureDoesNotMatch</Code>" in said) == (403, True), said
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    else:
        assert answer.status == 200, said
        assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == content
