"""The open connections of one worker: what each waits for, how many bytes they hold, and which of them have to go.

All this is done by whoever runs the worker's loop.
"""

import resource
import time
from collections.abc import Callable
from functools import partial
from socket import SHUT_WR, socket
from typing import Any

from smcontract.httperrors import BusyError, HTTPError, RequestTimeoutError
from smcontract.server.connection import CLOSED, LEAVING, RECEIVING, SENDING, WAITING, WORKING, Connection, State
from smcontract.server.events import Events
from smcontract.server.receiver import Receiver

MAX_CONNECTIONS = 4000  # a worker's; at one more, the one that has been slow for longest is closed
SPARE_FILES = 64  # besides connections, of those that the system lets a process open
LEAVE_SECONDS = 2  # for a client to read its last answer; to close before would reset what it has not read


class Connections:
    """The connections in `open`, and `end`: when all must be over, in `time.monotonic()` seconds."""

    def __init__(self, worker: Any, events: Events, on_ready: Callable[[Connection], None]) -> None:
        """Let `events` call `on_ready` when a client has sent something, or takes more."""
        self.open: set[Connection] = set()
        self.end = float("inf")
        self._worker, self._app, self._events, self._on_ready = worker, worker.app, events, on_ready
        self._held = 0  # bytes
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = min(MAX_CONNECTIONS, max(1, files - SPARE_FILES))

    def slow(self) -> list[Connection]:
        """The connections that wait for their client."""
        return [connection for connection in self.open if connection.state.events]

    def add(self, sock: socket) -> None:
        """Receive from a new connection; one that is idle or slow makes room for it if there are too many."""
        connection = Connection(sock, Receiver(self._worker.cfg, self._app.limits.body))
        self.open.add(connection)
        self.enter(connection, RECEIVING, self._app.settings.request_timeout)
        if len(self.open) > self._most:
            self.close(min(self.slow(), key=lambda victim: (not victim.receiver.idle, victim.since)))

    def enter(self, connection: Connection, state: State, seconds: float) -> None:
        """Watch for the client's next move, until the deadline; none comes while it is predicted for."""
        if state.events and state.events != connection.events:
            self._watch(connection, state.events)
        connection.state = state
        connection.since = now = time.monotonic()
        connection.deadline = now + seconds if now + seconds < self.end or state is WORKING else self.end

    def rest(self, connection: Connection) -> None:
        """Watch no more until it enters the next state: the client's move comes too early."""
        self._watch(connection, 0)

    def refuse(self, connection: Connection, error: HTTPError) -> None:
        """Answer with an error, and no request after it."""
        connection.keep, connection.body = False, 0
        try:
            connection.send(self._app.application.refuse(error, connection.receiver.request).render(keep=False))
            if connection.unsent:
                self.enter(connection, SENDING, LEAVE_SECONDS)
            else:
                self.leave(connection)
        except OSError:
            self.close(connection)
        self.account(connection)

    def leave(self, connection: Connection) -> None:
        """End our side; the connection is closed when the client has ended its own, or soon. Raises OSError."""
        connection.receiver = Receiver(self._worker.cfg, 0)  # nothing of what it held is needed
        connection.sock.shutdown(SHUT_WR)
        if connection.ended:
            self.close(connection)
        else:
            self.enter(connection, LEAVING, LEAVE_SECONDS)

    def close(self, connection: Connection) -> None:
        """Close it, if it is open."""
        if connection in self.open:
            self._forget(connection)
            connection.sock.close()

    def hand_over(self, connection: Connection, give: Callable[[socket], bool]) -> None:
        """Give an idle connection away, or keep it if it is not taken."""
        self._forget(connection)
        if not give(connection.sock):
            self.add(connection.sock)

    def expire(self, now: float) -> None:
        """Refuse or close those whose deadline has passed."""
        for connection in [each for each in self.open if each.deadline < now]:
            if connection.state is WAITING:
                self.refuse(connection, BusyError("the predictions before this one took too long"))
            elif connection.state is RECEIVING and not connection.receiver.idle:
                late = RequestTimeoutError(self._app.settings.request_timeout)
                self.refuse(connection, late if self._worker.alive else BusyError("the server is stopping"))
            else:
                self.close(connection)

    def account(self, connection: Connection) -> None:
        """Count the bytes that the connection holds now."""
        size = connection.size
        if size != connection.held and connection.state is not CLOSED:
            self._held += size - connection.held
            connection.held = size

    def make_room(self) -> None:
        """Where too much is held, send away whoever has held most for longest."""
        while self._held > self._app.limits.held:
            now = time.monotonic()
            victims = [connection for connection in self.slow() if connection.held]
            if not victims:
                return
            victim = max(victims, key=lambda connection: connection.held * (now - connection.since))
            if victim.state is RECEIVING:
                self.refuse(victim, BusyError("other requests use the available memory"))
            else:
                self.close(victim)

    def _forget(self, connection: Connection) -> None:
        self._watch(connection, 0)
        self.open.discard(connection)
        self._held -= connection.held
        connection.state = CLOSED

    def _watch(self, connection: Connection, events: int) -> None:
        if events != connection.events:
            connection.events = events
            self._events.watch(connection.sock, events, partial(self._on_ready, connection))
