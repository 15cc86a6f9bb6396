"""Numbers in SageMaker's recordio-protobuf: a record is a row, dense or sparse, and may have a label. No HTTP here."""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from google.protobuf.message import DecodeError
from sagemaker_training.record_pb2 import Record as Message
from smcontract.records import RecordError

_MAGIC = 0xCED7230A
_TENSORS = ("float32_tensor", "float64_tensor", "int32_tensor")


def split(body: bytes) -> Iterator[bytes]:
    """Yield the records, each a protobuf message. Raises RecordError where the framing is broken.

    Example:
        >>> list(split(struct.pack("<II", 0xCED7230A, 2) + b"ab" + bytes(2)))
        [b'ab']
    """
    return read(BytesIO(body), len(body))


def read(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the records of a file of `size` bytes, as `split` does, one in memory at a time."""
    place = 0
    while head := file.read(8):
        magic, length = struct.unpack("<II", head.ljust(8, b"\0"))
        if magic != _MAGIC:
            raise RecordError(f"byte {place} does not begin a record of recordio-protobuf")
        if place + 8 + length > size:
            raise RecordError(f"the record at byte {place} is cut off")
        yield file.read(length)
        place += 8 + length + len(file.read(-length % 4))


def parse(message: bytes) -> tuple[float | None, list[float] | str]:
    """Return the label, if there is one, and the row: its numbers, or if it is sparse a libsvm line.

    Raises RecordError for any other message.
    """
    record = Message()
    try:
        record.ParseFromString(message)
    except DecodeError:
        raise RecordError("it is not a record in SageMaker's protobuf form") from None
    tensor = _tensor(record.features, "features")
    if tensor is None:
        raise RecordError('it has no features called "values"')
    label = _tensor(record.label, "label")
    if label is not None and len(label.values) != 1:
        raise RecordError(f"its label has {len(label.values)} numbers: give one")
    # An empty row is sparse: a dense one has as many numbers as there are columns.
    if not tensor.keys and tensor.values:
        row: list[float] | str = list(tensor.values)
    elif len(tensor.keys) != len(tensor.values):
        raise RecordError(f"it has {len(tensor.keys)} keys for {len(tensor.values)} values")
    else:
        row = " ".join(["0", *(f"{key}:{value!r}" for key, value in zip(tensor.keys, tensor.values, strict=True))])
    return None if label is None else float(label.values[0]), row


def _tensor(values: Any, what: str) -> Any:
    """The tensor called `values` of a map; None without one."""
    if "values" not in values:
        return None
    kind = values["values"].WhichOneof("value")
    if kind not in _TENSORS:
        raise RecordError(f"its {what} hold {kind or 'nothing'}: give numbers")
    return getattr(values["values"], kind)
