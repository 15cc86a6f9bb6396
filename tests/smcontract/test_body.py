import io

import pytest
from gunicorn.http.errors import ChunkMissingTerminator, LimitRequestHeaders, NoMoreData
from smcontract import body
from smcontract.httperrors import BadRequestError, PayloadTooLargeError


class Failing:
    """A stream that ends as gunicorn's do when a client breaks off or the rules."""

    def __init__(self, error):
        self.error = error

    def read(self, size):
        raise self.error


def environ(stream, length=None):
    """As gunicorn makes it: the stream ends where the body ends."""
    return {"wsgi.input": stream, "wsgi.input_terminated": True} | ({"CONTENT_LENGTH": str(length)} if length else {})


@pytest.mark.parametrize("limit", [3, 4, None])
@pytest.mark.parametrize("length", [3, None])
def test_a_whole_body(limit, length):
    assert body.read(environ(io.BytesIO(b"abc"), length), limit) == b"abc"


def test_no_body():
    assert body.read(environ(io.BytesIO()), 3) == b""


@pytest.mark.parametrize("length", [4, None])
def test_a_body_above_the_limit_is_read_to_its_end_and_refused(length):
    stream = io.BytesIO(b"abcd")
    with pytest.raises(PayloadTooLargeError, match="larger than the 3 bytes taken here"):
        body.read(environ(stream, length), 3)
    assert stream.read() == b""


def test_a_body_that_ends_early():
    with pytest.raises(BadRequestError, match="ended after 3 of 10 bytes; send it again"):
        body.read(environ(io.BytesIO(b"abc"), 10), 25)


@pytest.mark.parametrize(
    "error",
    [
        NoMoreData(),
        ChunkMissingTerminator(b"x"),
        LimitRequestHeaders("trailers"),
        ConnectionResetError(),
        BlockingIOError(),
    ],
)
def test_a_body_that_cannot_be_read(error):
    with pytest.raises(BadRequestError, match="the body could not be read to its end"):
        body.read(environ(Failing(error)), 25)
    body.discard(environ(Failing(error)))


def test_an_endless_body_is_not_discarded_for_ever():
    with open("/dev/zero", "rb", buffering=0) as endless:  # noqa: PTH123
        body.discard(environ(endless))
