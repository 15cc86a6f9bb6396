"""The bodies of a batch transform's requests: an input object cut as the plan says, and answers put to its records."""

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from emulator.errors import EmulatorError
from emulator.transform.data_processing import Processing
from emulator.transform.plan import Plan

Record = TypeVar("Record")


@dataclass(frozen=True)
class Body:
    """One request's body. `whole` stands for the object's file, sent as it is; `records` are those in the content."""

    content: bytes = b""
    whole: Path | None = None
    records: Sequence[bytes] = ()


def bodies(source: Path, plan: Plan) -> Iterator[Body]:
    """Cut an object. Raises EmulatorError for a record, or an object, above the payload limit, or of a wrong form."""
    limit = plan.max_payload_bytes
    if plan.split_type == "None":
        yield _whole(source, plan)
        return
    with open_object(source, plan) as stream:
        sent_lines = (
            (line, plan.processing.line_to_send(line) if plan.processing else line) for line in lines(stream, limit)
        )
        if plan.batch_strategy == "MultiRecord":
            for batch in pack(sent_lines, limit, lambda pair: len(pair[1])):
                yield Body(b"".join(sent for _, sent in batch), records=[record for record, _ in batch])
        else:
            for record, sent in sent_lines:
                yield Body(sent, records=[record])


@contextmanager
def open_object(source: Path, plan: Plan) -> Iterator[BinaryIO]:
    """The content of an object, decompressed. What goes wrong there is an EmulatorError."""
    if plan.compression_type == "None":
        with source.open("rb") as stream:
            yield stream
        return
    try:
        with gzip.open(source, "rb") as unpacked:
            yield cast(BinaryIO, unpacked)
    except (EOFError, gzip.BadGzipFile) as error:
        raise EmulatorError(f"CompressionType is Gzip, but the object is not a complete gzip file: {error}") from error


def process(processing: Processing, body: Body, answer: bytes) -> bytes:
    """Return what is kept of a body's records and the answer. Raises EmulatorError when they do not go together."""
    lines = answer.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if len(lines) != len(body.records):
        raise EmulatorError(
            f"the container answered {len(lines)} lines for {len(body.records)} records: DataProcessing needs one "
            "line per record"
        )
    kept = (processing.line_to_keep(record, line) for record, line in zip(body.records, lines, strict=True))
    return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in kept)


def _whole(source: Path, plan: Plan) -> Body:
    """An object that is not cut. A compressed one is read into memory, unless it is unlimited."""
    limit = plan.max_payload_bytes
    if not limit:
        return Body(whole=source)
    size = source.stat().st_size
    if plan.compression_type == "None":
        body = Body(whole=source)
    else:
        with open_object(source, plan) as stream:
            body = Body(stream.read(limit + 1))
        size = len(body.content)
    if size > limit:
        shown = f"{size:,}" if body.whole else f"more than {limit:,}"
        raise EmulatorError(
            f"the object has {shown} bytes, more than the payload limit of {limit:,}: "
            "raise MaxPayloadInMB, or set SplitType to Line"
        )
    return body


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


def pack(records: Iterable[Record], limit: int, size: Callable[[Record], int]) -> Iterator[list[Record]]:
    r"""BatchStrategy MultiRecord: as many whole records in each body as fit in `limit` bytes.

    Example:
        >>> list(pack([b"aa\n", b"b\n", b"ccc\n"], 5, len))
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
