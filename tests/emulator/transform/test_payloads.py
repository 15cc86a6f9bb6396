"""Cutting a stream into request bodies."""

import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import EmulatorError
from emulator.transform import payloads

LINES = st.lists(st.binary(max_size=8).map(lambda text: text.replace(b"\n", b"") + b"\n"), max_size=30)


@given(LINES, st.sampled_from([b"", b"no newline"]))
def test_lines_are_those_of_the_stream_byte_for_byte(lines: list[bytes], last: bytes) -> None:
    wanted = [*lines, last] if last else lines
    assert list(payloads.lines(io.BytesIO(b"".join(wanted)), limit=100)) == wanted


@given(LINES, st.integers(9, 40))
def test_bodies_are_whole_records_in_order_as_many_as_fit(lines: list[bytes], limit: int) -> None:
    bodies = [b"".join(body) for body in payloads.pack(lines, limit, len)]
    assert b"".join(bodies) == b"".join(lines)
    assert all(len(body) <= limit and body.endswith(b"\n") for body in bodies)
    for body, following in itertools.pairwise(bodies):
        assert len(body) + len(following.split(b"\n", 1)[0]) + 1 > limit  # the next record did not fit


def test_a_record_of_just_the_limit_passes() -> None:
    assert list(payloads.lines(io.BytesIO(b"1234\n"), limit=5)) == [b"1234\n"]


def test_a_larger_record_is_named_and_what_came_before_stays() -> None:
    lines = payloads.lines(io.BytesIO(b"1\n12345678\n"), limit=5)
    assert next(lines) == b"1\n"
    with pytest.raises(EmulatorError, match="record 2 is larger than the payload limit of 5 bytes"):
        next(lines)


def test_a_record_without_end_is_not_read_whole() -> None:
    class Endless(io.BytesIO):
        asked = 0

        def readline(self, size: int | None = -1) -> bytes:
            self.asked += size or 0
            return b"x" * (size or 0)

    stream = Endless()
    with pytest.raises(EmulatorError, match="record 1"):
        next(payloads.lines(stream, limit=1000))
    assert stream.asked == 1001


def test_nothing_is_read_ahead() -> None:
    taken = []

    def source() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"%03d\n" % number

    assert next(payloads.pack(source(), 8, len)) == [b"000\n", b"001\n"]
    assert len(taken) == 3
