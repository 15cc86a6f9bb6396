"""Messages between two hosts over one socket: values that JSON can hold, and NumPy arrays as they are.

A frame is the length of a header, the header as JSON, then the bytes of the arrays that it names. Nothing is ever
unpickled, and what does not look like a frame ends the connection.
"""

import json
import select
import socket
import struct
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Message = Mapping[str, Any]

MOST_HEADER_BYTES = 1 << 31  # lists of words are in it; what is no frame at all would most often be longer
_LENGTH = struct.Struct("!4sQ")
_MARK = b"SMH1"
_KINDS = "biuf"  # of NumPy's types: numbers and truth values


class LostError(OSError):
    """The other side has closed the connection, or speaks another language."""


class Connection:
    """One connected socket. Several threads may send; one at a time receives."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = made
        self._sending = threading.Lock()
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(None)

    def send(self, message: Message) -> None:
        """Send a message; arrays of numbers among its values go as they are. Raises OSError."""
        arrays = {name: np.ascontiguousarray(value) for name, value in message.items() if _is_array(value)}
        header = {
            "values": {name: value for name, value in message.items() if name not in arrays},
            "arrays": [[name, array.dtype.str, array.shape] for name, array in arrays.items()],
        }
        encoded = json.dumps(header).encode()
        with self._sending:
            self._socket.sendall(_LENGTH.pack(_MARK, len(encoded)) + encoded)
            for array in arrays.values():
                if array.size:
                    self._socket.sendall(_bytes(array))

    def receive(self) -> dict[str, Any]:
        """Wait for the next message. Raises LostError at the end of the connection, OSError."""
        mark, length = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if mark != _MARK or length > MOST_HEADER_BYTES:
            raise LostError("what arrived is not a message of another host")
        try:
            header = json.loads(self._exactly(length))
            message = dict(header["values"])
            for name, dtype, shape in header["arrays"]:
                array = np.empty(shape, _numbers(dtype))
                if array.size:
                    self._fill(_bytes(array))
                message[name] = array
        except (ValueError, TypeError, LookupError) as error:
            raise LostError(f"what arrived is not a message of another host: {error}") from error
        return message

    def ready(self, seconds: float) -> bool:
        """Wait until a message, or the end, has begun to arrive; False when none has after so many seconds."""
        news = select.poll()
        news.register(self._socket, select.POLLIN)
        return bool(news.poll(seconds * 1000))

    def limit(self, seconds: float | None) -> None:
        """Let no part of a message take longer than this: TimeoutError, an OSError."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _exactly(self, size: int) -> bytearray:
        content = bytearray(size)
        self._fill(memoryview(content))
        return content

    def _fill(self, room: memoryview) -> None:
        while len(room):
            count = self._socket.recv_into(room)
            if not count:
                raise LostError("the other host has closed the connection")
            room = room[count:]


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in _KINDS


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _numbers(dtype: str) -> "np.dtype[Any]":
    found = np.dtype(dtype)
    if found.kind not in _KINDS:
        raise ValueError(f"an array of {found}")
    return found
