"""What the benchmarks share: a table, the machine's name, the memory of a process and its children."""

import math
import os
import platform
import statistics
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SAMPLES_A_SECOND = 20


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return a Markdown table; the keys of the first row are the headings.

    Example:
        >>> print(table([{"way": "plain", "seconds": 2.5}, {"way": "ours", "seconds": 0.1}]))
        | way | seconds |
        |---|---:|
        | plain | 2.5 |
        | ours | 0.1 |
    """
    first = rows[0]
    rule = ["---:" if isinstance(value, int | float) else "---" for value in first.values()]
    lines = [" | ".join(first), *(" | ".join(_cell(value) for value in row.values()) for row in rows)]
    return "\n".join([f"| {lines[0]} |", f"|{'|'.join(rule)}|", *(f"| {line} |" for line in lines[1:])])


def machine() -> str:
    """Return the cores this process may use, and the version of Python, in a few words."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} core{'s' * (cores > 1)} ({platform.machine()}), Python {platform.python_version()}"


NOISE = 2
"""Standard errors of the difference of two means that chance explains."""


def standard_error(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the standard error of the difference of two means; 0 for single figures."""
    return math.sqrt(sum(statistics.pvariance(values) / max(len(values) - 1, 1) for values in (one, other)))


@contextmanager
def peak_memory(pid: int) -> Iterator[list[float]]:
    """Watch a process and its descendants; yield a list whose one item is their peak resident memory in MB so far."""
    peak = [0.0]

    def watch() -> None:
        peak[0] = max(peak[0], resident(pid) / 1e6)

    with repeatedly(watch, 1 / SAMPLES_A_SECOND):
        yield peak


@contextmanager
def repeatedly(action: Callable[[], None], pause: float) -> Iterator[None]:
    """Call `action` in a thread of its own, every `pause` seconds, until the block ends."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(pause):
            action()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def cpu_seconds(pid: int) -> float:
    """Return the processor time that the process and its descendants that live have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used + sum(map(cpu_seconds, children(pid)))


def children(pid: int) -> list[int]:
    """Return the processes that the process has started and that live."""
    listed = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for child in listed.split()]


def _cell(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def resident(pid: int) -> int:
    """Return the bytes of the process and its descendants; pages that they share count once for each."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children.split())
