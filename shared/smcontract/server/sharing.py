"""How workers share the clients: a connection stays open for long, and whoever happens to wake first would take it.

Each worker has a place in what they all see: how many connections it has, and a box into which another puts a
connection that is better off there. A box outlives its worker, whose successor finds what is in it.
"""

import mmap
import socket

CLOSED = 2**31 - 1  # the number of connections of a worker that takes no more, or not yet


class Sharing:
    """Made by the master; every worker inherits it. Nothing is locked: a number may be wrong for a moment."""

    def __init__(self, workers: int) -> None:
        self._open, self._given, self._taken = (memoryview(mmap.mmap(-1, 4 * workers)).cast("i") for _ in range(3))
        self._boxes = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(workers)]
        for end in (end for box in self._boxes for end in box):
            end.setblocking(False)
        for place in range(workers):
            self.tell(place, CLOSED)

    def tell(self, place: int, connections: int) -> None:
        """Say how many connections a worker has, besides those in its box."""
        self._open[place] = connections

    def box(self, place: int) -> socket.socket:
        """What has news when `take` has a connection."""
        return self._boxes[place][0]

    def least(self) -> tuple[int, int]:
        """The number of connections where there are fewest, and that place."""
        return min((self._open[at] + self._given[at] - self._taken[at], at) for at in range(len(self._boxes)))

    def give(self, sock: socket.socket, place: int) -> bool:
        """Hand a connection to another worker; return whether it could be."""
        self._given[place] += 1
        try:
            socket.send_fds(self._boxes[place][1], [b"."], [sock.fileno()])
        except OSError:  # the box is full
            self._given[place] -= 1
            return False
        sock.close()
        return True

    def take(self, place: int) -> socket.socket | None:
        """A connection from the box, if there is one."""
        try:
            _, [number], _, _ = socket.recv_fds(self.box(place), 1, 1)
        except (OSError, ValueError):  # there is none, or no file is left for it
            self._taken[place] = self._given[place]
            return None
        self._taken[place] += 1
        return socket.socket(fileno=number)
