"""A worker of gunicorn's for few busy connections, predictions of any length, and clients of any slowness.

It is one loop, in which requests are received whole, without waiting, and answered. Two threads can run the loop, and
one lock says which of them does. The predictor runs it nearly always, and predicts between its turns: no thread is
woken for a short prediction. While it predicts it gives the lock away, and when that takes long the main thread, which
looks every few milliseconds, runs the loop in its stead. So /ping is answered meanwhile, and requests are received.
"""

import os
import sys
import time
from contextlib import suppress
from functools import partial
from select import EPOLLEXCLUSIVE, EPOLLIN
from socket import socket
from threading import Lock, Thread
from typing import Any

from gunicorn.workers import base

from smcontract.httperrors import BusyError
from smcontract.server.connection import RECEIVING
from smcontract.server.connections import LEAVE_SECONDS
from smcontract.server.events import Events, silence
from smcontract.server.exchange import DRAIN_IDLE_SECONDS, TURN_SECONDS, Exchange
from smcontract.server.sharing import CLOSED
from smcontract.serving.messages import Answer, Request

DRAIN_SECONDS = 18  # SageMaker sends SIGKILL 30 s after SIGTERM
LOOK_SECONDS = 0.01  # between two looks of the main thread: how long a prediction may keep the loop to itself
ACCEPTED_AT_ONCE = 32  # connections
SWEEP_SECONDS = 0.1  # between two looks at the deadlines, and until a line stands in the log


class Worker(base.Worker):  # type: ignore[misc]  # gunicorn carries no types
    """One process. `place` is its own among the workers."""

    place: int
    alive: bool

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._loop = Lock()
        self._wanted = False  # whether the predictor waits for the loop
        self._begun = 0.0  # when the running prediction began, in `time.monotonic()` seconds; 0 while there is none
        self._turned = time.monotonic()  # when the loop was last well
        self._swept = 0.0
        self._draining = self._refused = self._over = False

    @property
    def predicting(self) -> bool:
        """Whether a prediction is running."""
        return self._begun > 0

    # The main thread's part.

    def run(self) -> None:
        """Serve until SIGTERM, then answer what is here."""
        self._events = Events()
        self._exchange = Exchange(self, self._events)
        self._connections = self._exchange.connections
        self._events.watch(self.PIPE[0], EPOLLIN, lambda: silence(self.PIPE[0]))
        self._events.watch(self.app.sharing.box(self.place), EPOLLIN, self._take)
        for listener in self.sockets:
            self._events.watch(listener, EPOLLIN | EPOLLEXCLUSIVE, partial(self._accept, listener))
        predictor = Thread(target=self._lead, daemon=True)
        predictor.start()
        while not self._over:
            time.sleep(LOOK_SECONDS)
            self.notify()
            self.alive = self.alive and self.ppid == os.getppid()
            self._stand_in()
            if not self._over and not predictor.is_alive():
                sys.exit("the thread that predicts has ended")  # the master starts another worker

    def handle_exit(self, *arguments: Any) -> None:
        """SIGTERM: end soon."""
        super().handle_exit(*arguments)
        self._wake()

    def notify(self) -> None:
        """Tell the master when this worker was last well, by the times of a file.

        That is as long ago as the running prediction has begun, so a worker stuck beyond the timeout is replaced.
        """
        beat = self._begun or self._turned
        os.utime(self.tmp.fileno(), (beat, beat))

    def _stand_in(self) -> None:
        """Run the loop while a prediction takes long."""
        begun = self._begun
        if not begun or time.monotonic() < begun + LOOK_SECONDS or not self._loop.acquire(blocking=False):
            return
        try:
            while self._begun == begun and not self._wanted and not self._over:
                self._turn(SWEEP_SECONDS)
                self.notify()
        finally:
            self._loop.release()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # so full a pipe wakes anyway
            os.write(self.PIPE[1], b".")

    # The predictor's part.

    def _lead(self) -> None:
        with self._loop:
            while not self._over:
                self._turn(0 if self._exchange.pending else SWEEP_SECONDS)
                self._serve()

    def _serve(self) -> None:
        """Predict for requests that wait, for a turn."""
        end = time.monotonic() + TURN_SECONDS
        while (found := self._exchange.next()) is not None:
            connection, request = found
            self._exchange.finish(connection, request, self._predict(request, connection.since))
            if time.monotonic() >= end:
                return

    def _predict(self, request: Request, now: float) -> Answer:
        """Answer a request while the main thread may run the loop."""
        self._begun = now
        self._loop.release()
        try:
            return self.app.application(request)  # type: ignore[no-any-return]
        finally:
            self._begun = 0.0
            if not self._loop.acquire(blocking=False):
                self._wanted = True
                self._wake()
                self._loop.acquire()
                self._wanted = False

    # The part of the thread that runs the loop.

    def _turn(self, seconds: float) -> None:
        """Do what can be done without waiting, and if there is nothing to do, wait for news at most so long."""
        self._turned = time.monotonic()
        self._events.run(seconds)
        self._exchange.answer_small()
        now = time.monotonic()
        self._tell()
        if now > self._swept + SWEEP_SECONDS:
            self._swept = now
            self._connections.expire(now)
            self._even_out()
            self.app.application.log.flush()
        if not self.alive:
            self._stop(now)

    def _tell(self) -> None:
        self.app.sharing.tell(self.place, len(self._connections.open) if self.alive else CLOSED)

    def _accept(self, listener: socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            if not self._accept_one(listener):
                return

    def _accept_one(self, listener: socket) -> bool:
        """Take a new connection, or hand it to a worker that has fewer; return whether there was one."""
        try:
            sock, _ = listener.accept()
        except OSError:  # another worker has it, or it is broken already
            return False
        least, place = self.app.sharing.least()
        has_more = self.alive and len(self._connections.open) > least
        if not has_more or not self.app.sharing.give(sock, place):
            self._connections.add(sock)
            self._tell()
        return True

    def _take(self) -> None:
        """Take connections that other workers hand over."""
        while (sock := self.app.sharing.take(self.place)) is not None:
            self._connections.add(sock)
            self._tell()

    def _even_out(self) -> None:
        """Hand idle connections to the worker that has fewest, where that is much fewer, until both have as many."""
        ours = len(self._connections.open)
        least, place = self.app.sharing.least()
        more = ours - least
        if self.alive and more > 1 and more > ours // 3:
            for connection in [each for each in self._connections.open if each.idle][: more // 2]:
                self._connections.hand_over(connection, lambda sock: self.app.sharing.give(sock, place))

    def _stop(self, now: float) -> None:
        """After SIGTERM: answer what has been received, and what the kernel has accepted for us; then leave."""
        connections = self._connections
        if not self._draining:
            self._draining = True
            connections.end = now + DRAIN_SECONDS
            for listener in self.sockets:
                while self._accept_one(listener):
                    pass
                self._events.watch(listener, 0, self._take)
                listener.close()
            for connection in connections.slow():
                allowed = DRAIN_IDLE_SECONDS if connection.receiver.idle else DRAIN_SECONDS
                connection.deadline = min(connection.deadline, now + allowed)
        elif now > connections.end and not self._refused:
            self._refused = True
            for connection in [each for each in connections.open if each.state is RECEIVING or not each.state.events]:
                connections.refuse(connection, BusyError("the server is stopping"))
            connections.end = now + LEAVE_SECONDS / 2
        self._take()
        self._over = not connections.open or (self._refused and now > connections.end)
        self.app.application.log.flush()
