"""Cuts an input object of a batch transform into request bodies, in bounded memory; never a record in two."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeVar

from emulator.errors import EmulatorError

Record = TypeVar("Record")


def lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    r"""The records of SplitType Line: every line with its newline, byte for byte, blank ones too.

    Raises EmulatorError for a record of more than `limit` bytes, without reading it whole.

    Example:
        >>> import io
        >>> list(lines(io.BytesIO(b"a\n\nb"), limit=10))
        [b'a\n', b'\n', b'b']
    """
    for number, line in enumerate(iter(lambda: stream.readline(limit + 1), b""), start=1):
        if len(line) > limit:
            raise EmulatorError(
                f"record {number} is larger than the payload limit of {limit:,} bytes: "
                "raise MaxPayloadInMB or shorten the record"
            )
        yield line


def packed(records: Iterable[Record], limit: int, size: Callable[[Record], int]) -> Iterator[list[Record]]:
    r"""BatchStrategy MultiRecord: as many whole records in each body as fit in `limit` bytes.

    Example:
        >>> list(packed([b"aa\n", b"b\n", b"ccc\n"], 5, len))
        [[b'aa\n', b'b\n'], [b'ccc\n']]
    """
    body: list[Record] = []
    total = 0
    for record in records:
        if body and total + size(record) > limit:
            yield body
            body, total = [], 0
        body.append(record)
        total += size(record)
    if body:
        yield body
