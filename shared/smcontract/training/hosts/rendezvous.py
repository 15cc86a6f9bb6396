"""How the hosts of a job find each other: the first one listens, the others come to it, by its name.

Hosts start at different moments, and the name of a host resolves only when it is there, so everyone waits, with a
limit, and says for whom. Each host but the first has two connections to it: one for data, one for signs of life.
"""

import logging
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import NamedTuple

from smcontract.errors import AlgorithmError, ContractError, UserError, shown
from smcontract.training.hosts.connection import Connection, LostError
from smcontract.training.job import Job

PORT = 28_415
"""Where the first host listens unless SAGEMAKER_HOST_PORT says otherwise; above it XGBoost's tracker may listen."""

WAIT = 600.0
"""Seconds until a host that has not come is given up: instances of one job start minutes apart."""

GONE = 25
"""Pauses until a host that came, and whose connections ended, is given up if it does not come again: 5 seconds, but
counted, as in `watch`, so that a machine which slept takes nobody for lost.
"""

WORD_EVERY = 10.0  # seconds, between two lines that say for whom this host waits
TRY_SECONDS = 2.0
PAUSE = 0.2
KINDS = ("data", "watch")

log = logging.getLogger(__name__)


class StoppedError(Exception):
    """The job was stopped before all hosts were there."""


class Lines(NamedTuple):
    """The two connections to another host."""

    data: Connection
    watch: Connection


@dataclass(frozen=True)
class Settings:
    """Where hosts are. `addresses` replace the names of hosts where no resolver knows them, see `of`."""

    addresses: Mapping[str, str]
    port: int = PORT
    wait: float = WAIT

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read SAGEMAKER_HOST_ADDRESSES (`algo-1=127.0.0.2,algo-2=127.0.0.3`), _PORT and _TIMEOUT, in seconds.

        Raises UserError for values that cannot be read.
        """
        given = {name: environ.get(f"SAGEMAKER_HOST_{name}", "") for name in ("ADDRESSES", "PORT", "TIMEOUT")}
        try:
            return cls(
                dict(re.findall(r"([^=,]+)=([^=,]+)", given["ADDRESSES"])),
                int(given["PORT"] or PORT),
                float(given["TIMEOUT"] or WAIT),
            )
        except ValueError:
            raise UserError(
                f"the variables SAGEMAKER_HOST_* are {shown(given)}: write pairs as algo-1=127.0.0.2, a port, and "
                "seconds, or leave them out"
            ) from None

    def address(self, host: str) -> str:
        """Return the address of a host, or its name for the resolver."""
        return self.addresses.get(host, host)


def meet(job: Job, settings: Settings, stop: threading.Event) -> dict[str, Lines]:
    """Return the connections to the other hosts, by name: the first host's to all, the others' to the first alone.

    Raises UserError when one has not come in time, AlgorithmError when one came and ended before all were there,
    StoppedError when `stop` is set meanwhile.
    """
    if job.resources.is_leader:
        return _Leader(job, settings, stop).wait()
    leader = job.resources.hosts[0]
    return {leader: _come(job, leader, settings, stop)}


class _Waiting:
    """Counts the time, and says now and then for whom this host waits."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._wait, self._stop = settings.wait, stop
        self._start = self._said = time.monotonic()

    def go_on(self, whom: str) -> bool:
        """Whether to wait on. Raises StoppedError."""
        if self._stop.is_set():
            raise StoppedError
        now = time.monotonic()
        if now - self._said >= WORD_EVERY:
            self._said = now
            log.info("waiting for %s: %.0f of at most %.0f seconds", whom, now - self._start, self._wait)
        return now - self._start < self._wait


class _Leader:
    def __init__(self, job: Job, settings: Settings, stop: threading.Event) -> None:
        self._job, self._settings, self._stop = job, settings, stop
        self._others = job.resources.hosts[1:]
        self._found: dict[tuple[str, str], Connection] = {}
        self._left: dict[str, int] = {}

    def wait(self) -> dict[str, Lines]:
        with ExitStack() as stack:
            place = self._settings.addresses.get(self._job.resources.current_host, ""), self._settings.port
            try:
                listener = stack.enter_context(socket.create_server(place))
            except OSError as error:
                raise UserError(
                    f"this host cannot listen on port {place[1]} ({error.strerror}): set SAGEMAKER_HOST_PORT to "
                    "another, the same on all hosts"
                ) from error
            listener.settimeout(PAUSE)
            waiting = _Waiting(self._settings, self._stop)
            while missing := [host for host in self._others if any((host, kind) not in self._found for kind in KINDS)]:
                if not waiting.go_on(", ".join(missing)):
                    self._end(UserError(
                        f"{' and '.join(missing)} did not come within {self._settings.wait:.0f} seconds: look at the "
                        f"logs there; {_hint(self._settings)}"
                    ))  # fmt: skip
                self._look_for_ends(missing)
                try:
                    self._greet(Connection(listener.accept()[0]))
                except TimeoutError:
                    self._left = {host: pauses + 1 for host, pauses in self._left.items()}
        for connection in self._found.values():
            with suppress(OSError):  # whoever watches the hosts will see that this one has gone
                connection.send({"welcome": True})
        log.info("all %d hosts are here: %s", 1 + len(self._others), ", ".join(self._job.resources.hosts))
        return {host: Lines(*(self._found[host, kind] for kind in KINDS)) for host in self._others}

    def _greet(self, connection: Connection) -> None:
        """Note who has come. Whoever is no host of this job is sent away, and a host that comes again is believed."""
        connection.limit(TRY_SECONDS)
        try:
            said = connection.receive()
            known = said.get("job") == self._job.name and said.get("host") in self._others and said.get("kind") in KINDS
            if not known:
                connection.send({"refused": f"{shown(said)} is no host of this job"})
                raise LostError("not a host of this job")
        except OSError as error:
            log.debug("a connection that counts for nothing: %s", error)
            connection.close()
            return
        connection.limit(None)
        if before := self._found.get((said["host"], said["kind"])):
            before.close()
        self._found[said["host"], said["kind"]] = connection

    def _look_for_ends(self, missing: list[str]) -> None:
        """A host that waits sends nothing, so what arrives from it is its end."""
        for (host, kind), connection in list(self._found.items()):
            if connection.ready(0):
                connection.close()
                del self._found[host, kind]
                self._left[host] = 0
        for host in missing:
            if self._left.get(host, 0) > GONE:
                self._end(_ended(host))

    def _end(self, cause: ContractError) -> None:
        for connection in self._found.values():
            with suppress(OSError):
                connection.send({"refused": str(cause), "exit": cause.exit_code})
        raise cause


def _come(job: Job, leader: str, settings: Settings, stop: threading.Event) -> Lines:
    """Connect to the first host, however late it comes."""
    waiting, why, has_been_there, failures = _Waiting(settings, stop), "nobody answered", False, 0
    while waiting.go_on(f"{leader} ({why})"):
        try:
            made = [_connect(settings, leader)]
            has_been_there, failures = True, 0
            return _introduced(made, job, leader, settings, stop)
        except OSError as error:  # among them those of a name that does not resolve yet
            why = re.sub(r"^\[.*?\] ", "", str(error))
            failures += 1
            if has_been_there and failures > GONE:
                raise _ended(leader) from error
            time.sleep(PAUSE)
    raise UserError(
        f"the first host, {leader}, could not be reached within {settings.wait:.0f} seconds ({why}): look at its log; "
        f"{_hint(settings)}"
    )


def _connect(settings: Settings, leader: str) -> Connection:
    return Connection(socket.create_connection((settings.address(leader), settings.port), TRY_SECONDS))


def _introduced(made: list[Connection], job: Job, leader: str, settings: Settings, stop: threading.Event) -> Lines:
    """Say who comes, over each connection, and wait until all hosts are there. Raises OSError."""
    with ExitStack() as stack:
        for kind in KINDS:
            if kind != KINDS[0]:
                made.append(_connect(settings, leader))
            stack.callback(made[-1].close)
            made[-1].send({"job": job.name, "host": job.resources.current_host, "kind": kind})
        for connection in made:
            while not connection.ready(PAUSE):
                if stop.is_set():
                    raise StoppedError
            answer = connection.receive()
            if why := answer.get("refused"):
                raise (AlgorithmError if answer.get("exit") == AlgorithmError.exit_code else UserError)(
                    f"{leader} says: {why}"
                )
        stack.pop_all()
    return Lines(*made)


def _ended(host: str) -> AlgorithmError:
    return AlgorithmError(f"host {host} failed: it came, and ended before all hosts were there; look at its log")


def _hint(settings: Settings) -> str:
    return f"in a VPC, the security group must let the hosts reach each other, port {settings.port} among others"
