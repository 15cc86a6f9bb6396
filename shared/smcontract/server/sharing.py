"""How workers share the clients: a connection stays open for long, and whoever happens to wake first would take it.

Each worker has a place in what they all see: the number of its connections, and a box into which another puts a
connection that is better off there. A box outlives its worker, whose successor finds what is in it.
"""

import mmap
import socket

CLOSED = 2**31 - 1  # the number of connections of a worker that takes no more, or not yet


class Sharing:
    """Made by the master; every worker inherits it."""

    def __init__(self, workers: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * workers)).cast("i")
        self._boxes = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(workers)]
        for end in (end for box in self._boxes for end in box):
            end.setblocking(False)
        for place in range(workers):
            self.tell(place, CLOSED)

    def tell(self, place: int, connections: int) -> None:
        """Say how many connections a worker has."""
        self._counts[place] = connections

    def box(self, place: int) -> socket.socket:
        """What has news when `take` has a connection."""
        return self._boxes[place][0]

    def least(self) -> int:
        """The number of connections where there are fewest."""
        return min(self._counts)

    def give(self, sock: socket.socket) -> bool:
        """Hand a connection to the worker that has fewest; return whether it could be."""
        place = min(range(len(self._counts)), key=self._counts.__getitem__)
        try:
            socket.send_fds(self._boxes[place][1], [b"."], [sock.fileno()])
        except OSError:  # the box is full
            return False
        self._counts[place] += 1
        sock.close()
        return True

    def take(self, place: int) -> socket.socket | None:
        """A connection from the box, if there is one."""
        try:
            _, [number], _, _ = socket.recv_fds(self.box(place), 1, 1)
        except (OSError, ValueError):  # there is none, or no file is left for it
            return None
        return socket.socket(fileno=number)
