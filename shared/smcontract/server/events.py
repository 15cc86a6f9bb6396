"""Which sockets have news, by epoll: the system is called only when the wish changes, hardly ever in a busy client."""

import os
import select
from collections.abc import Callable
from typing import Protocol


class _File(Protocol):
    def fileno(self) -> int: ...


class Events:
    """Files that are watched, and what is called when one of them has news."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._calls: dict[int, Callable[[], None]] = {}

    def watch(self, file: _File | int, events: int, call: Callable[[], None]) -> None:
        """Call `call` whenever one of these events of epoll is there; with none, watch no more."""
        number = file if isinstance(file, int) else file.fileno()
        if not events:
            del self._calls[number]
            self._epoll.unregister(number)
        elif number in self._calls:
            self._epoll.modify(number, events)
        else:
            self._epoll.register(number, events)
            self._calls[number] = call

    def run(self, seconds: float) -> None:
        """Wait at most so long for news, and call whoever waits for them."""
        for number, _ in self._epoll.poll(seconds):
            call = self._calls.get(number)
            if call:  # else what was called before has ended the watch
                call()


def silence(pipe: int) -> None:
    """Read what stands in a pipe that only wakes somebody up."""
    try:
        os.read(pipe, 4096)
    except BlockingIOError:
        return
