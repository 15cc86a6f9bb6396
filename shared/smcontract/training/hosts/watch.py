"""Sees to it that the hosts of a job end together: a host that fails, ends or falls silent ends all the others.

Whatever the main thread is doing, in XGBoost's code or in a wait for data, a thread here ends the process: with the
cause in the failure file, and with the name of the host on which it is.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from smcontract.errors import AlgorithmError, ContractError, UserError
from smcontract.training.hosts.connection import Connection, LostError

BEAT = 1.0  # seconds between two signs of life
SILENCE = 6
"""Beats without a sign of life until a host is given up: below the 10 s that a job may take to end. They are counted,
and no clock is read, so that a machine which slept wakes up without taking all others for dead.
"""

log = logging.getLogger(__name__)

End = Callable[[ContractError], None]


class Watch:
    """Watches the other hosts through connections of its own, by name: the first host all, the others only the first.

    `end` is called once, from a thread of the watch, with what another host has died of; it should end the process.
    """

    def __init__(self, name: str, others: Mapping[str, Connection], end: End) -> None:
        self._name, self._others, self._end = name, dict(others), end
        self._over = threading.Event()
        self._lock = threading.Lock()
        for connection in self._others.values():
            connection.limit(BEAT * SILENCE)
        threading.Thread(target=self._beat, daemon=True).start()
        for host in self._others:
            threading.Thread(target=self._listen, args=(host,), daemon=True).start()

    def finish(self) -> None:
        """This host has done its part: its end means nothing from now on."""
        self._over.set()
        self._tell({"done": True})

    def fail(self, cause: ContractError) -> None:
        """Tell the others why this host fails."""
        if not self._over.is_set():
            self._over.set()
            self._tell(_verdict(self._name, cause))

    def settle(self) -> None:
        """Wait for what another host has died of, if it is that: a connection that broke may be the first sign."""
        time.sleep(2 * BEAT)

    def _tell(self, message: Mapping[str, Any], but: str | None = None) -> None:
        for host, connection in self._others.items():
            if host != but:
                try:
                    connection.send(message)
                except OSError as error:
                    log.debug("%s does not hear: %s", host, error)

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            self._tell({"alive": True})

    def _listen(self, host: str) -> None:
        connection, silent = self._others[host], 0
        while not self._over.is_set():
            try:
                if not connection.ready(BEAT):
                    silent += 1
                    if silent >= SILENCE:
                        raise TimeoutError
                    continue
                silent = 0
                message = connection.receive()
            except TimeoutError:
                self._lost(host, f"no sign of life for {BEAT * SILENCE:.0f} seconds")
                return
            except (LostError, OSError, ValueError):
                self._lost(host, "it ended without a word, as when it is killed or its machine is taken away")
                return
            if "done" in message:
                return
            if "failed" in message:
                self._conclude(message)
                return

    def _lost(self, host: str, how: str) -> None:
        self._conclude(_verdict(host, AlgorithmError(f"{how}; look at its log")))

    def _conclude(self, verdict: Mapping[str, Any]) -> None:
        """Pass a verdict on to the hosts that only this one hears, and end."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
        self._tell(verdict, but=verdict["failed"])
        kind = UserError if verdict["exit"] == UserError.exit_code else AlgorithmError
        self._end(kind(f"host {verdict['failed']} failed: {verdict['cause']}"))


def _verdict(host: str, cause: ContractError) -> dict[str, Any]:
    return {"failed": host, "cause": str(cause), "exit": cause.exit_code}


def end_process(write: Callable[[ContractError], None]) -> End:
    """Return what ends this process with the exit code of a cause, after `write` has written it down."""

    def end(cause: ContractError) -> None:
        log.error("%s", cause)
        try:
            write(cause)
        except OSError as error:
            log.error("cannot write the failure file: %s", error)
        logging.shutdown()
        os._exit(cause.exit_code)

    return end
