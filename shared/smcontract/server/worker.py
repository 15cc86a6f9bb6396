"""gunicorn's threaded worker, for a server of few busy connections, long predictions, and clients of any slowness.

A thread is given to a request for predictions, never to a client: the main loop receives requests whole, answers
the others itself (/ping above all), and sends what a client does not read at once. So however many clients are slow,
what they take is a place among the connections and some memory.
"""

import os
import selectors
import time
from collections import deque
from contextlib import suppress
from socket import socket
from typing import Any

from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from smcontract.httperrors import BusyError, HTTPError
from smcontract.server import answer
from smcontract.server.connection import UNWATCHED, Connection, State
from smcontract.server.connections import LEAVE_SECONDS, Connections
from smcontract.server.receiver import Receiver
from smcontract.server.threads import Threads

KEEPALIVE_SECONDS = 75  # longer than the 60 s after which proxies commonly drop an idle connection
DRAIN_SECONDS = 18  # SageMaker sends SIGKILL 30 s after SIGTERM
DRAIN_IDLE_SECONDS = 2  # for the next request on a connection that is open at SIGTERM
TURN_SECONDS = 0.005  # for small requests, before /ping and whoever has come meanwhile have a turn
ACCEPTED_AT_ONCE = 32  # connections
SWEEP_SECONDS = 0.25  # between two looks at the deadlines
GIVE_WAY_SECONDS = 0.002  # enough for a worker that sleeps to wake up


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """One process: the main loop receives and sends, threads answer, one of them at a time predicts.

    `place` is its index in `app.connections`, which all workers share: how many connections each of them has.
    """

    place: int

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections = Connections(self, self._ready)
        self._threads = Threads(self, self._connections, self._done)
        self._small: deque[tuple[Connection, Request]] = deque()  # requests that the main loop answers
        self._swept = 0.0

    def notify(self) -> None:
        """Tell the master when this worker was last well, by the times of a file, and the others how busy it is.

        gunicorn's own heartbeat says only that connections are accepted, which continues while every prediction hangs.
        This one is as old as the running prediction, so the master replaces a worker stuck beyond the timeout.
        """
        beat = self.app.gate.running_since() or time.monotonic()
        os.utime(self.tmp.fileno(), (beat, beat))
        self.app.connections[self.place] = len(self._connections.open)

    def run(self) -> None:
        """Serve until SIGTERM, then answer what is here."""
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self._turn()
        self._drain()

    def accept(self, listener: socket) -> None:
        """Accept connections, but let a worker with fewer of them go first.

        A connection stays with its worker. The one that happened to wake first would otherwise take them all.
        """
        for _ in range(ACCEPTED_AT_ONCE):
            ours = len(self._connections.open)
            ahead = ours > min(self.app.connections) + ours // 8  # of many, a few more here need not wait
            if ahead:
                time.sleep(GIVE_WAY_SECONDS)
            if not self._accept(listener) or ahead:
                return

    def _accept(self, listener: socket) -> bool:
        """Accept a connection; return whether there was one."""
        try:
            sock, peer = listener.accept()
        except OSError:  # another worker has it, or it is broken already
            return False
        receiver = Receiver(self.cfg, peer, self.app.limits.body)
        self._connections.add(Connection(sock, peer, listener.getsockname(), receiver))
        return True

    def _turn(self) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(0 if self._small else SWEEP_SECONDS)
        now = time.monotonic()
        while self._small and time.monotonic() < now + TURN_SECONDS:
            self._answer_here(*self._small.popleft())
        if now > self._swept + SWEEP_SECONDS:
            self._swept = now
            self._connections.expire(now)

    def _drain(self) -> None:
        """Answer what has been received, and what the kernel has accepted for us; then leave."""
        self._connections.end = time.monotonic() + DRAIN_SECONDS
        for listener in self.sockets:
            while self._accept(listener):
                pass
            self.poller.unregister(listener)
            listener.close()
        for connection in self._connections.slow():
            allowed = DRAIN_IDLE_SECONDS if connection.receiver.idle else DRAIN_SECONDS
            connection.deadline = min(connection.deadline, time.monotonic() + allowed)
        self._turn_until_end()
        for connection in [each for each in self._connections.open if each.state in {*UNWATCHED, State.RECEIVING}]:
            self._connections.refuse(connection, BusyError("the server is stopping"))
        self._connections.end = time.monotonic() + LEAVE_SECONDS / 2
        self._turn_until_end()
        self.tpool.shutdown(wait=False, cancel_futures=True)

    def _turn_until_end(self) -> None:
        while self._connections.open and time.monotonic() < self._connections.end:
            self._turn()

    def _ready(self, connection: Connection, _sock: socket) -> None:
        """The client has sent something, or takes more."""
        if connection.state in UNWATCHED or connection not in self._connections.open:
            return  # by what has happened since the poller saw it
        try:
            if connection.state is State.LEAVING:
                connection.drop()
                if connection.ended:
                    self._connections.close(connection)
                return
            if connection.state is State.SENDING:
                connection.flush()
            else:
                if connection.receiver.idle:
                    self._connections.enter(connection, State.RECEIVING, self.app.settings.request_timeout)
                connection.receive()
        except OSError:
            self._connections.close(connection)
            return
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Take the next step of a connection that no thread has, whatever that is."""
        try:
            self._step(connection)
        except HTTPError as error:
            self._connections.refuse(connection, error)
        except OSError:
            self._connections.close(connection)
        self._connections.account(connection)
        self._connections.make_room()

    def _step(self, connection: Connection) -> None:
        seconds = self.app.settings.request_timeout
        if connection.unsent:
            if connection.state is not State.SENDING:
                self._connections.enter(connection, State.SENDING, seconds)
            return
        if not connection.keep:
            self._connections.leave(connection)
            return
        request = connection.receiver.next()
        if request is not None:
            self._assign(connection, request)
        elif connection.ended:
            connection.receiver.end()
            self._connections.close(connection)
        elif connection.state is not State.RECEIVING:
            idle = KEEPALIVE_SECONDS if self.alive else DRAIN_IDLE_SECONDS
            self._connections.enter(connection, State.RECEIVING, idle if connection.receiver.idle else seconds)
        elif connection.receiver.expects_continue():
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _assign(self, connection: Connection, request: Request) -> None:
        """Answer a request here and now, or later, or have a thread answer it; raises BusyError."""
        urgent = request.path == "/ping" and connection.state is State.RECEIVING  # and does not follow another
        self._connections.enter(connection, State.WAITING, self.app.settings.timeout)
        connection.body = len(request.body.getbuffer())
        if urgent:
            self._answer_here(connection, request)
        elif request.path != "/invocations":
            self._small.append((connection, request))
        else:
            self._threads.submit(connection, request)

    def _answer_here(self, connection: Connection, request: Request) -> None:
        """Answer what takes less than a millisecond."""
        if connection.state is State.WAITING:
            with suppress(OSError):  # the next step meets it again
                connection.send(answer.render(self, connection, request))
            self._done(connection)

    def _done(self, connection: Connection) -> None:
        """A request is answered."""
        connection.body = 0
        if connection.state in UNWATCHED:
            self._advance(connection)
