"""A map over threads that keeps the order of its input. It holds a few items in flight, so input may be endless.

Threads run at the same time where the C code works; the Python code of this package does not become faster by them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class OrderedMap:
    """`map(function, items)` on `workers` threads, or in this one when `workers` is 1. Made by `ordered_map`."""

    def __init__(self, executor: ThreadPoolExecutor | None, in_flight: int) -> None:
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
    """Start `workers` threads and yield their `OrderedMap`; stop them on leaving, whatever happened.

    What has been started is finished first. `ValueError` if `workers` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1")
    if workers == 1:
        yield OrderedMap(None, 1)
        return
    executor = ThreadPoolExecutor(workers)
    try:
        yield OrderedMap(executor, in_flight=2 * workers)
    finally:
        executor.shutdown(cancel_futures=True)
