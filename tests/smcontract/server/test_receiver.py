"""The bytes of a request in one piece, and in any others."""

import pytest
from gunicorn.config import Config
from smcontract.httperrors import PayloadTooLargeError
from smcontract.server.receiver import Receiver

WHOLE = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 7\r\n\r\na film\n"


def test_one_piece_is_the_same_request_as_any_two():
    request = Receiver(Config(), 100).feed(WHOLE)
    assert (request.path, request.body, request.headers["content-type"]) == ("/invocations", b"a film\n", "text/csv")
    for cut in range(1, len(WHOLE)):
        receiver = Receiver(Config(), 100)
        assert (receiver.feed(WHOLE[:cut]), receiver.next(), receiver.feed(WHOLE[cut:])) == (None, None, None)
        assert receiver.next() == request
        assert receiver.idle


def test_two_requests_in_one_piece_come_in_turn():
    receiver = Receiver(Config(), 100)
    assert receiver.feed(WHOLE + WHOLE) is None
    assert receiver.next() == receiver.next() == Receiver(Config(), 100).feed(WHOLE)
    assert receiver.next() is None


def test_a_body_above_the_limit_takes_no_short_cut():
    receiver = Receiver(Config(), 6)
    assert receiver.feed(WHOLE) is None
    with pytest.raises(PayloadTooLargeError):
        receiver.next()
