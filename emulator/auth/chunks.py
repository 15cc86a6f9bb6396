"""Signatures of the chunks of a body in the aws-chunked encoding: each is made from the one before, the first from the
request's own. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import hmac
from collections.abc import Callable
from hashlib import sha256

from emulator.api.errors import ApiError

SIGNED_CHUNKS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
VARIABLE = "emulator.chunks"
"""Where a WSGI environment has the Chunks of a body, if its chunks are signed."""

_EMPTY = sha256().hexdigest()


class Chunks:
    """Checks the chunks of one body, in order. `sign` signs a text; `scope` and `time` are the request's."""

    def __init__(self, sign: Callable[[str], str], time: str, scope: str, seed: str):
        self._sign = sign
        self._time, self._scope, self._last = time, scope, seed
        self._hash = sha256()

    def update(self, data: bytes) -> None:
        """More of the chunk's content."""
        self._hash.update(data)

    def end(self, signature: str) -> None:
        """Raise ApiError unless this is the signature of the chunk that ends here."""
        self._compare("AWS4-HMAC-SHA256-PAYLOAD", [_EMPTY, self._hash.hexdigest()], signature)
        self._hash = sha256()

    def end_trailer(self, trailer: bytes, signature: str) -> None:
        """Raise ApiError unless this is the signature of the trailing headers, each `name:value` and a newline."""
        self._compare("AWS4-HMAC-SHA256-TRAILER", [sha256(trailer).hexdigest()], signature)

    def _compare(self, kind: str, hashes: list[str], signature: str) -> None:
        wanted = self._sign("\n".join([kind, self._time, self._scope, self._last, *hashes]))
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise ApiError("SignatureDoesNotMatch", "A chunk of the body does not have the signature it came with", 403)
        self._last = wanted
