"""gunicorn's threaded worker, for a server of few busy connections, long predictions, and clients of any slowness.

A thread is given to a request for predictions, never to a client: the main loop receives requests whole, answers
the others itself (/ping above all), and sends what a client does not read at once. So however many clients are slow,
what they take is a place among the connections and some memory.
"""

import os
import resource
import selectors
import threading
import time
from collections import deque
from contextlib import closing, suppress
from functools import partial
from socket import SHUT_WR, socket
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from smcontract import refusal
from smcontract.app import WAITED
from smcontract.connection import UNWATCHED, Connection, State
from smcontract.httperrors import BusyError, HTTPError, RequestTimeoutError
from smcontract.receiver import Receiver

MAX_CONNECTIONS = 4000  # a worker's; at one more, the one that has been slow for longest is closed
SPARE_FILES = 64  # besides connections, of those that the system lets a process open
KEEPALIVE_SECONDS = 75  # longer than the 60 s after which proxies commonly drop an idle connection
LEAVE_SECONDS = 2  # for a client to read its last answer; to close before would reset what it has not read
DRAIN_SECONDS = 18  # SageMaker sends SIGKILL 30 s after SIGTERM
DRAIN_IDLE_SECONDS = 2  # for the next request on a connection that is open at SIGTERM
TURN_SECONDS = 0.005  # for small requests, before /ping and whoever has come meanwhile have a turn
ACCEPTED_AT_ONCE = 32  # connections
SWEEP_SECONDS = 0.25  # between two looks at the deadlines
LINGER_SECONDS = 0.02  # a busy client's next request comes sooner; a thread that waits longer may be missed elsewhere
LINGERING_THREADS = 4  # at most, so that the others are there for everybody
# All of a worker's. One predicts, the others receive, parse or send; more would only take turns with the main loop.
THREADS = LINGERING_THREADS + 2
GIVE_WAY_SECONDS = 0.002  # enough for a worker that sleeps to wake up


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """One process: the main loop receives and sends, threads answer, one of them at a time predicts.

    `place` is its index in `connections`, which all workers share: how many connections each of them has.
    """

    place: int

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections: set[Connection] = set()
        self._held = 0  # bytes
        self._swept = 0.0
        self._end = float("inf")  # when all must be over
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = min(MAX_CONNECTIONS, max(1, files - SPARE_FILES))
        self._waiting: deque[tuple[Connection, Request]] = deque()  # for a thread
        self._busy = 0  # threads
        self._small: deque[tuple[Connection, Request]] = deque()  # for the main loop
        self._lingering = threading.Semaphore(LINGERING_THREADS)

    def notify(self) -> None:
        """Tell the master when this worker was last well, by the times of a file, and the others how busy it is.

        gunicorn's own heartbeat says only that connections are accepted, which goes on while every prediction hangs.
        This one is as old as the running prediction, so the master replaces a worker stuck beyond the timeout.
        """
        beat = self.app.gate.running_since() or time.monotonic()
        os.utime(self.tmp.fileno(), (beat, beat))
        self.app.connections[self.place] = len(self._connections)

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
            ours = len(self._connections)
            ahead = ours > min(self.app.connections) + ours // 8  # of many, a few more here are no reason to wait
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
        connection = Connection(sock, peer, listener.getsockname(), receiver)
        self._connections.add(connection)
        self._await(connection, State.RECEIVING, self.app.settings.request_timeout)
        if len(self._connections) > self._most:
            self._close(min(self._slow(), key=lambda victim: (not victim.receiver.idle, victim.since)))
        return True

    def _turn(self) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(0 if self._small else SWEEP_SECONDS)
        now = time.monotonic()
        while self._small and time.monotonic() < now + TURN_SECONDS:
            self._answer_here(*self._small.popleft())
        if now > self._swept + SWEEP_SECONDS:
            self._swept = now
            for connection in [each for each in self._connections if each.deadline < now]:
                self._expire(connection)

    def _drain(self) -> None:
        """Answer what has been received, and what the kernel has accepted for us; then leave."""
        self._end = time.monotonic() + DRAIN_SECONDS
        for listener in self.sockets:
            while self._accept(listener):
                pass
            self.poller.unregister(listener)
            listener.close()
        for connection in self._slow():
            allowed = DRAIN_IDLE_SECONDS if connection.receiver.idle else DRAIN_SECONDS
            connection.deadline = min(connection.deadline, time.monotonic() + allowed)
        while self._connections and time.monotonic() < self._end:
            self._turn()
        for connection in [each for each in self._connections if each.state in {*UNWATCHED, State.RECEIVING}]:
            self._refuse(connection, BusyError("the server is stopping"))
        self._end = time.monotonic() + LEAVE_SECONDS / 2
        while self._connections and time.monotonic() < self._end:
            self._turn()
        self.tpool.shutdown(wait=False, cancel_futures=True)

    # The main loop's part: a connection that no thread has.

    def _await(self, connection: Connection, state: State, seconds: float) -> None:
        """Watch for the client's next move, until the deadline; nobody is watched while a thread has it."""
        if state is not connection.state:
            if connection.state not in UNWATCHED:
                self.poller.unregister(connection.sock)
            if state not in UNWATCHED:
                event = selectors.EVENT_WRITE if state is State.SENDING else selectors.EVENT_READ
                self.poller.register(connection.sock, event, partial(self._ready, connection))
            connection.state = state
        connection.since = time.monotonic()
        connection.deadline = float("inf") if state is State.WORKING else min(connection.since + seconds, self._end)

    def _ready(self, connection: Connection, _sock: socket) -> None:
        """The client has sent something, or takes more."""
        if connection.state in UNWATCHED or connection not in self._connections:
            return  # by what has happened since the poller saw it
        try:
            if connection.state is State.LEAVING:
                connection.drop()
                if connection.ended:
                    self._close(connection)
                return
            if connection.state is State.SENDING:
                connection.flush()
            else:
                if connection.receiver.idle:
                    self._await(connection, State.RECEIVING, self.app.settings.request_timeout)
                connection.receive()
        except OSError:
            self._close(connection)
            return
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Take the next step of a connection, whatever that is."""
        try:
            self._step(connection)
        except HTTPError as error:
            self._refuse(connection, error)
        except OSError:
            self._close(connection)
        self._account(connection)
        self._make_room()

    def _step(self, connection: Connection) -> None:
        seconds = self.app.settings.request_timeout
        if connection.unsent:
            if connection.state is not State.SENDING:
                self._await(connection, State.SENDING, seconds)
            return
        if not connection.keep:
            self._leave(connection)
            return
        request = connection.receiver.next()
        if request is not None:
            urgent = request.path == "/ping" and connection.state is State.RECEIVING  # and does not follow another
            self._await(connection, State.WAITING, self.app.settings.timeout)
            connection.body = len(request.body.getbuffer())
            if urgent:
                self._answer_here(connection, request)
            elif request.path != "/invocations":
                self._small.append((connection, request))
            elif len(self._waiting) + self._busy > self.app.settings.queue:
                raise BusyError(f"a prediction is running and the queue of {self.app.settings.queue} is full")
            else:
                self._waiting.append((connection, request))
                self._dispatch()
        elif connection.ended:
            connection.receiver.end()
            self._close(connection)
        elif connection.state is not State.RECEIVING:
            idle = KEEPALIVE_SECONDS if self.alive else DRAIN_IDLE_SECONDS
            self._await(connection, State.RECEIVING, idle if connection.receiver.idle else seconds)
        elif connection.receiver.expects_continue():
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _dispatch(self) -> None:
        """Give threads to those that wait."""
        while self._waiting and self._busy < THREADS:
            connection, request = self._waiting.popleft()
            if connection.state is not State.WAITING:
                continue
            waited = time.monotonic() - connection.since
            self._await(connection, State.WORKING, 0)
            self._busy += 1
            future = self.tpool.submit(self._work, connection, request, waited)
            future.add_done_callback(lambda _, of=connection: self.method_queue.defer(self._worked, of))

    def _answer_here(self, connection: Connection, request: Request) -> None:
        """Answer what takes less than a millisecond."""
        if connection.state is State.WAITING:
            with suppress(OSError):  # the next step meets it again
                connection.send(self._answer(connection, request))
            self._done(connection)

    def _worked(self, connection: Connection) -> None:
        """A thread has given the connection back."""
        self._busy -= 1
        self._dispatch()
        self._done(connection)

    def _done(self, connection: Connection) -> None:
        """A request is answered."""
        connection.body = 0
        if connection.state in UNWATCHED:
            self._advance(connection)

    def _refuse(self, connection: Connection, error: HTTPError) -> None:
        """Answer with an error, and no request after it."""
        connection.keep, connection.body = False, 0
        try:
            connection.send(refusal.render(error, connection.receiver.request))
            if connection.unsent:
                self._await(connection, State.SENDING, LEAVE_SECONDS)
            else:
                self._leave(connection)
        except OSError:
            self._close(connection)
        self._account(connection)

    def _leave(self, connection: Connection) -> None:
        """End our side; the connection is closed when the client has ended its own, or soon."""
        connection.receiver = Receiver(self.cfg, connection.peer, 0)  # nothing of what it held is needed
        connection.sock.shutdown(SHUT_WR)
        if connection.ended:
            self._close(connection)
        else:
            self._await(connection, State.LEAVING, LEAVE_SECONDS)

    def _expire(self, connection: Connection) -> None:
        """The deadline has passed."""
        if connection.state is State.WAITING:
            self._refuse(connection, BusyError("the predictions before this one took too long"))
        elif connection.state is State.RECEIVING and not connection.receiver.idle:
            stopping = BusyError("the server is stopping")
            self._refuse(connection, RequestTimeoutError(self.app.settings.request_timeout) if self.alive else stopping)
        else:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        if connection in self._connections:
            if connection.state not in UNWATCHED:
                self.poller.unregister(connection.sock)
            self._connections.discard(connection)
            self._held -= connection.held
            connection.sock.close()

    def _account(self, connection: Connection) -> None:
        if connection in self._connections:
            self._held += connection.size - connection.held
            connection.held = connection.size

    def _slow(self) -> list[Connection]:
        """The connections that wait for their client."""
        return [connection for connection in self._connections if connection.state not in UNWATCHED]

    def _make_room(self) -> None:
        """Where too much is held, send away whoever has held most for longest."""
        now = time.monotonic()
        while self._held > self.app.limits.held:
            victims = [connection for connection in self._slow() if connection.held]
            if not victims:
                return
            victim = max(victims, key=lambda connection: connection.held * (now - connection.since))
            if victim.state is State.RECEIVING:
                self._refuse(victim, BusyError("other requests take the memory there is"))
            else:
                self._close(victim)

    # The threads' part: a connection that is WORKING.

    def _work(self, connection: Connection, request: Request | None, waited: float) -> None:
        """Answer a request, and those that follow it closely, without handing the connection to another thread."""
        with suppress(HTTPError, OSError):  # the main loop meets it again
            while request is not None:
                connection.send(self._answer(connection, request, waited))
                request, waited = self._following(connection), 0

    def _answer(self, connection: Connection, request: Request, waited: float = 0) -> bytes:
        """The bytes of a whole answer."""
        out = _Sink()
        try:
            response, environ = wsgi.create(request, out, connection.peer, connection.local, self.cfg)
            environ |= {"wsgi.multithread": True, WAITED: waited}
            if not self.alive:
                response.force_close()
            with closing(self.wsgi(environ, response.start_response)) as answer:
                for piece in answer:
                    response.write(piece)
            response.close()
            connection.keep = not response.should_close()
        except Exception:
            self.log.exception("request %s %s failed", request.method, request.path)
            connection.keep = False
            return refusal.render(HTTPError("the server failed on this request; the log has the reason"), request)
        return b"".join(out)

    def _following(self, connection: Connection) -> Request | None:
        """The next request, if it is here in a moment and this thread can be spared for so long."""
        if connection.unsent or not connection.keep or not self.alive or self._waiting:
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


class _Sink(list[bytes]):
    """What gunicorn takes for the socket that it writes an answer to."""

    sendall = list.append
