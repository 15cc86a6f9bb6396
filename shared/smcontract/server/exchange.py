"""What passes on a connection: a request comes, is answered at once or queued for a prediction, the answer goes.

All this is done by whoever runs the worker's loop.
"""

import time
from collections import deque
from typing import Any

from smcontract.httperrors import BusyError, HTTPError
from smcontract.server.connection import LEAVING, RECEIVING, SENDING, WAITING, WORKING, Connection
from smcontract.server.connections import Connections
from smcontract.server.events import Events
from smcontract.serving.messages import Answer, Request

KEEPALIVE_SECONDS = 75  # longer than the 60 s after which proxies commonly drop an idle connection
DRAIN_IDLE_SECONDS = 2  # for the next request on a connection that is open at SIGTERM
TURN_SECONDS = 0.005  # for requests that are here, before /ping and whoever has come meanwhile have a turn


class Exchange:
    """The `connections` of a worker, and the requests of theirs that wait to be answered."""

    def __init__(self, worker: Any, events: Events) -> None:
        """Use `worker` for its settings, its application, and whether it is `alive` and `predicting`."""
        self.connections = Connections(worker, events, self._ready)
        self._worker, self._app = worker, worker.app
        self._small: deque[tuple[Connection, Request]] = deque()  # requests that the loop answers
        self._waiting: deque[tuple[Connection, Request]] = deque()  # requests for predictions

    @property
    def pending(self) -> bool:
        """Whether a request waits to be answered."""
        return bool(self._waiting or self._small)

    def answer_small(self) -> None:
        """Answer requests that need no prediction, for a turn."""
        end = time.monotonic() + TURN_SECONDS if self._small else 0
        while self._small and time.monotonic() < end:
            self._answer(*self._small.popleft())

    def next(self) -> tuple[Connection, Request] | None:
        """The request that has waited longest for a prediction, which begins now."""
        while self._waiting:
            connection, request = self._waiting.popleft()
            if connection.state is WAITING:
                self.connections.enter(connection, WORKING, float("inf"))
                return connection, request
        return None

    def finish(self, connection: Connection, request: Request, answer: Answer) -> None:
        """Send an answer, if it has not come too late."""
        if connection.state is not WAITING and connection.state is not WORKING:
            return
        connection.keep, connection.body = request.keep and self._worker.alive, 0
        try:
            connection.send(answer.render(connection.keep, head_only=request.method == "HEAD"))
        except OSError:
            pass  # the next step meets it again
        else:
            if connection.keep and not connection.unsent and not connection.ended and connection.receiver.idle:
                self.connections.enter(connection, RECEIVING, KEEPALIVE_SECONDS)
                self.connections.account(connection)
                return
        self._advance(connection)

    def _answer(self, connection: Connection, request: Request) -> None:
        """Answer what takes less than a millisecond."""
        if connection.state is WAITING:
            self.finish(connection, request, self._app.application(request))

    def _ready(self, connection: Connection) -> None:
        """The client has sent something, or takes more."""
        if not connection.state.events:
            self.connections.rest(connection)
            return
        request = None
        try:
            if connection.state is LEAVING:
                connection.drop()
                if connection.ended:
                    self.connections.close(connection)
                return
            if connection.state is SENDING:
                connection.flush()
            else:
                begins = connection.receiver.idle
                request = connection.receive()
                if begins and request is None:
                    self.connections.enter(connection, RECEIVING, self._app.settings.request_timeout)
        except OSError:
            self.connections.close(connection)
            return
        self._advance(connection, request)

    def _advance(self, connection: Connection, request: Request | None = None) -> None:
        """Take the next step of a connection that is not predicted for: with `request`, or whatever it is."""
        try:
            if request is not None:
                self._assign(connection, request)
            else:
                self._step(connection)
        except HTTPError as error:
            self.connections.refuse(connection, error)
        except OSError:
            self.connections.close(connection)
        self.connections.account(connection)
        self.connections.make_room()

    def _step(self, connection: Connection) -> None:
        seconds = self._app.settings.request_timeout
        if connection.unsent:
            if connection.state is not SENDING:
                self.connections.enter(connection, SENDING, seconds)
            return
        if not connection.keep:
            self.connections.leave(connection)
            return
        request = connection.receiver.next()
        if request is not None:
            self._assign(connection, request)
        elif connection.ended:
            connection.receiver.end()
            self.connections.close(connection)
        elif connection.state is not RECEIVING:
            idle = KEEPALIVE_SECONDS if self._worker.alive else DRAIN_IDLE_SECONDS
            self.connections.enter(connection, RECEIVING, idle if connection.receiver.idle else seconds)
        elif connection.receiver.expects_continue():
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _assign(self, connection: Connection, request: Request) -> None:
        """Answer a request here and now, or later, or have it predicted; raises BusyError."""
        urgent = request.path == "/ping" and connection.state is RECEIVING  # and does not follow another
        self.connections.enter(connection, WAITING, self._app.settings.timeout)
        connection.body = len(request.body)
        if urgent:
            self._answer(connection, request)
        elif request.path != "/invocations":
            self._small.append((connection, request))
        elif len(self._waiting) + self._worker.predicting > (queue := self._app.settings.queue):
            raise BusyError(f"a prediction is running and the queue of {queue} is full")
        else:
            self._waiting.append((connection, request))
