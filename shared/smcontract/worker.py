"""gunicorn's threaded worker, changed in three places for a server of few, busy connections and long predictions."""

import os
import select
import time
from socket import socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

LINGER_MS = 20  # a busy client's next request comes sooner; a thread that waits longer may be missed elsewhere
GIVE_WAY_SECONDS = 0.002  # enough for a worker that sleeps to wake up


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """One process: one thread accepts connections, the others answer, one of them at a time predicts.

    `place` is its index in `connections`, which all workers share: how many connections each of them has.
    """

    place: int

    def notify(self) -> None:
        """Tell the master when this worker was last well, by the times of a file, and the others how busy it is.

        gunicorn's own heartbeat says only that connections are accepted, which goes on while every prediction hangs.
        This one is as old as the running prediction, so the master replaces a worker stuck beyond the timeout.
        """
        beat = self.app.gate.running_since() or time.monotonic()
        os.utime(self.tmp.fileno(), (beat, beat))
        self.app.connections[self.place] = self.nr_conns

    def accept(self, listener: socket) -> None:
        """Accept a connection, but let a worker with fewer of them go first.

        A connection stays with its worker. The one that happened to wake first would otherwise take them all.
        """
        if self.nr_conns > min(self.app.connections):
            time.sleep(GIVE_WAY_SECONDS)
        super().accept(listener)

    def handle(self, conn: Any) -> Any:
        """Answer on a connection for as long as its requests follow closely, without handing it to another thread."""
        keep = super().handle(conn)
        while keep is True and self.alive and _readable(conn.sock):
            keep = super().handle(conn)
        return keep


def _readable(connection: socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(LINGER_MS))
