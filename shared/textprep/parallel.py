"""A map over processes that keeps the order of its input. It holds a few items in flight, so input may be endless."""

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class OrderedMap:
    """`map(function, items)` on `workers` processes, or in this one when `workers` is 1. Made by `ordered_map`."""

    def __init__(self, executor: ProcessPoolExecutor | None, in_flight: int) -> None:
        self._executor = executor
        self._in_flight = in_flight

    def __call__(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `function(item)` in the order of `items`, which is read only a little ahead of what is yielded."""
        if self._executor is None:
            yield from map(function, items)
            return
        pending: deque[Future[Result]] = deque()
        for item in items:
            pending.append(self._executor.submit(function, item))
            if len(pending) >= self._in_flight:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


@contextmanager
def ordered_map(workers: int) -> Iterator[OrderedMap]:
    """Start `workers` processes and yield their `OrderedMap`; stop them on leaving, whatever happened.

    Processes are spawned, not forked: forking a process that has threads can hang. A process that dies (out of memory,
    killed) raises `concurrent.futures.process.BrokenProcessPool`. `ValueError` if `workers` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1")
    if workers == 1:
        yield OrderedMap(None, 1)
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupt)
    try:
        yield OrderedMap(executor, in_flight=2 * workers)
    finally:
        executor.shutdown(cancel_futures=True)


def _ignore_interrupt() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent must act on it, by stopping its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
