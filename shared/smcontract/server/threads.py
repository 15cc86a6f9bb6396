"""Requests for predictions: those that wait for a thread of the worker, and the threads that answer them."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from smcontract.httperrors import BusyError, HTTPError
from smcontract.server import answer
from smcontract.server.connection import Connection, State
from smcontract.server.connections import Connections

LINGER_SECONDS = 0.02  # a busy client's next request comes sooner; a thread that waits longer may be missed elsewhere
LINGERING_THREADS = 4  # at most, so that the others are there for everybody
# All of a worker's. One predicts, the others receive, parse or send; more would only take turns with the main loop.
THREADS = LINGERING_THREADS + 2


class Threads:
    """The worker's threads, one of which predicts at a time, and the queue in front of them."""

    def __init__(self, worker: ThreadWorker, connections: Connections, on_done: Callable[[Connection], None]) -> None:
        """Let `worker` call `on_done` in its main loop when a thread has given a connection back."""
        self._worker, self._connections, self._on_done = worker, connections, on_done
        self._waiting: deque[tuple[Connection, Request]] = deque()
        self._busy = 0  # threads
        self._lingering = threading.Semaphore(LINGERING_THREADS)

    # The main loop's part.

    def submit(self, connection: Connection, request: Request) -> None:
        """Have a request answered as soon as a thread is free; raises BusyError when the queue is full."""
        queue = self._worker.app.settings.queue
        if len(self._waiting) + self._busy > queue:
            raise BusyError(f"a prediction is running and the queue of {queue} is full")
        self._waiting.append((connection, request))
        self._dispatch()

    def _dispatch(self) -> None:
        """Give threads to those that wait."""
        while self._waiting and self._busy < THREADS:
            connection, request = self._waiting.popleft()
            if connection.state is not State.WAITING:
                continue
            waited = time.monotonic() - connection.since
            self._connections.enter(connection, State.WORKING, 0)
            self._busy += 1
            future = self._worker.tpool.submit(self._work, connection, request, waited)
            future.add_done_callback(lambda _, of=connection: self._worker.method_queue.defer(self._finish, of))

    def _finish(self, connection: Connection) -> None:
        """A thread has given the connection back."""
        self._busy -= 1
        self._dispatch()
        self._on_done(connection)

    # The threads' part: a connection that is WORKING.

    def _work(self, connection: Connection, request: Request | None, waited: float) -> None:
        """Answer a request, and those that follow it closely, without handing the connection to another thread."""
        with suppress(HTTPError, OSError):  # the main loop meets it again
            while request is not None:
                connection.send(answer.render(self._worker, connection, request, waited))
                request, waited = self._following(connection), 0

    def _following(self, connection: Connection) -> Request | None:
        """The next request, if it is here in a moment and this thread can be spared for so long."""
        if connection.unsent or not connection.keep or not self._worker.alive or self._waiting:
            return None
        if not self._lingering.acquire(blocking=False):
            return None
        try:
            end = time.monotonic() + LINGER_SECONDS
            while True:
                request = connection.receiver.next()
                left = end - time.monotonic()
                if request or connection.ended or left <= 0 or not connection.readable(left):
                    return request
                connection.receive()
        finally:
            self._lingering.release()
