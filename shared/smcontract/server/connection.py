"""A client's connection as a worker keeps it: what has come, what is to be sent, until when. Never waits."""

import socket
import time
from enum import Enum
from select import EPOLLIN, EPOLLOUT

from smcontract.server.receiver import Receiver
from smcontract.serving.messages import Request

PIECE = 64 * 1024  # bytes received at once: a client that sends fast keeps the others waiting no longer than this takes


class State(Enum):
    """What comes next: the client's bytes, a prediction, its end, the client's reading, the client's end, nothing."""

    RECEIVING = "receiving", EPOLLIN
    WAITING = "waiting", 0
    WORKING = "working", 0
    SENDING = "sending", EPOLLOUT
    LEAVING = "leaving", EPOLLIN
    CLOSED = "closed", 0

    def __init__(self, _: str, events: int) -> None:
        self.events = events  # that epoll watches the client for; 0 where its moves do not matter


# By these names each is found twenty times as fast as in the class.
RECEIVING, WAITING, WORKING, SENDING, LEAVING, CLOSED = State


class Connection:
    """One connection, which belongs to whoever runs the loop."""

    def __init__(self, sock: socket.socket, receiver: Receiver) -> None:
        sock.setblocking(False)
        self.sock, self.receiver = sock, receiver
        self.state = WORKING
        self.events = 0  # what epoll watches it for
        self.since = time.monotonic()  # when the request at hand, or the wait at hand, began
        self.deadline = float("inf")
        self.unsent = memoryview(b"")
        self.body = 0  # bytes of the body that waits for its prediction
        self.held = 0  # bytes that the worker's sum counts for this connection
        self.keep = True  # whether another request may follow
        self.ended = False  # whether the client will send no more

    @property
    def size(self) -> int:
        """The bytes in memory for this connection."""
        return self.receiver.size + len(self.unsent) + self.body

    @property
    def idle(self) -> bool:
        """Whether it stands between two requests."""
        return self.state is RECEIVING and self.receiver.idle and not self.ended

    def receive(self) -> Request | None:
        """Take some of the bytes that are there; return the request if they are a whole one, see `Receiver.feed`.

        Raises OSError when the connection is broken.
        """
        try:
            data = self.sock.recv(PIECE)
        except BlockingIOError:
            return None
        self.ended = not data
        return self.receiver.feed(data)

    def drop(self) -> None:
        """Take bytes and forget them, so that the client comes to read its answer; raises OSError."""
        self.ended = not self.sock.recv(PIECE)

    def send(self, data: bytes) -> None:
        """Send as much as the client takes at once, and keep the rest for `flush`; raises OSError."""
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.unsent = memoryview(data)[sent:]
            self.flush()

    def flush(self) -> None:
        """Send more of what is left; raises OSError."""
        try:
            while self.unsent:
                self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except BlockingIOError:
            return
