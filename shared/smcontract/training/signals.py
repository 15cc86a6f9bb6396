"""SIGTERM, which SageMaker sends 120 s before SIGKILL, asks training to save what it has and leave.

Without a handler it would be ignored: the kernel protects the process with id 1, and Python installs none.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_END = b"\0"  # no signal has this number


@contextmanager
def stop_on_sigterm() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM sets, at once, whatever the main thread is doing.

    For the main thread, once in the life of a process. After the block SIGTERM is ignored: it must not turn a finished
    job into a failed one while Python shuts down. Child processes made by fork die of SIGTERM as usual, or a pool of
    workers could not be ended.
    """
    stop = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # Python runs its handlers only when the main thread comes to it, and there Event.set could hang on a lock that the
    # main thread holds. But the number of the signal is written here at once, for another thread to read.
    listener = threading.Thread(target=_listen, args=(reader, stop), daemon=True)
    listener.start()
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGTERM, lambda *_: None)
    # Blocked while it forks: a signal that reached the child before it dropped the handler would be ours, or lost.
    os.register_at_fork(before=_block, after_in_parent=_unblock, after_in_child=_die_of_it)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.write(writer, _END)
        listener.join()
        os.close(reader)
        os.close(writer)


def _listen(reader: int, stop: threading.Event) -> None:
    while (number := os.read(reader, 1)) != _END:
        if number[0] == signal.SIGTERM and not stop.is_set():
            log.info("SIGTERM received: saving the model so far")
            stop.set()


def _block() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _die_of_it() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _unblock()
