"""Reading a request's body whole, within a limit, from a client that may go away in the middle."""

from typing import TYPE_CHECKING

from gunicorn.http.errors import ParseException
from werkzeug.wsgi import get_content_length, get_input_stream

from smcontract.httperrors import BadRequestError, PayloadTooLargeError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE = 1024 * 1024
# A client that is still sending does not listen, and would see its connection reset instead of the answer. So what is
# not wanted is read and thrown away, as far as the largest body that SageMaker sends at once (100 MB, batch transform).
MAX_DISCARDED = 100 * PIECE


def read(environ: "WSGIEnvironment", limit: int | None) -> bytes:
    """The body.

    Raises:
        PayloadTooLargeError: it is longer than `limit` bytes, whether it says so beforehand or not (chunked).
        BadRequestError: it ended early, or its chunks are malformed.
    """
    length = get_content_length(environ)
    if limit is not None and (length or 0) > limit:
        discard(environ)
        raise PayloadTooLargeError(limit)
    try:
        body = get_input_stream(environ).read(-1 if limit is None else limit + 1)
    except (OSError, ParseException) as error:
        raise BadRequestError(f"the body could not be read to its end: {error or type(error).__name__}") from None
    if limit is not None and len(body) > limit:
        discard(environ)
        raise PayloadTooLargeError(limit)
    if len(body) < (length or 0):
        raise BadRequestError(f"the body ended after {len(body)} of {length} bytes; send it again")
    return body


def discard(environ: "WSGIEnvironment") -> None:
    """Read the rest of the body and forget it, so that the client comes to read the answer."""
    stream, remaining = get_input_stream(environ), MAX_DISCARDED
    try:
        while remaining > 0 and (piece := stream.read(PIECE)):
            remaining -= len(piece)
    except (OSError, ParseException):
        return  # the client is gone, or speaks no HTTP: nobody waits for the answer
