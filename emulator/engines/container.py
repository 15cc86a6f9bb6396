"""What every engine offers: start a program on an /opt/ml folder, read its output, wait for it, stop it."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Protocol

from emulator.engines.log import OnLine

MAX_LINE_BYTES = 65_536  # a longer line is handed on in pieces, so that no output can fill the memory
PORT = 8080  # where a SageMaker container listens
SHARED_CPUS = MappingProxyType({"OMP_WAIT_POLICY": "PASSIVE"})
"""Variables of every container: others use the CPUs too, and OpenMP's threads would spin while they wait."""


@dataclass(frozen=True)
class Launch:
    """What to run. `opt_ml` becomes the container's /opt/ml; `read_only` names folders of it that it must not write.

    `entrypoint` and `arguments` replace the image's ENTRYPOINT and `command`, as AlgorithmSpecification has it: with an
    entry point of one's own, `command` is not given at all; where it is empty, the image's own is left. `hostname` is
    the host's own name, and the one that others find it by on `network`, which `Engine.network` made.
    """

    name: str
    command: str
    opt_ml: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    network_isolation: bool = False
    memory_in_mb: int | None = None
    read_only_root: bool = False
    user: str | None = None
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    hostname: str | None = None
    network: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What follows the image's ENTRYPOINT, or the one given here."""
        return self.arguments or ((self.command,) if self.command and not self.entrypoint else ())


@dataclass(frozen=True)
class Exit:
    """How a container ended: 128 + n for signal n, as a shell counts."""

    code: int
    out_of_memory: bool = False

    def __str__(self) -> str:
        if self.out_of_memory:
            return f"exit code {self.code}: the container exceeded its memory limit and was killed"
        if self.code == 137:
            return "exit code 137: killed by signal 9, most often because the machine ran out of memory"
        return f"exit code {self.code}"


class Container(ABC):
    """A running program. As a context manager it leaves nothing running, whatever happens inside."""

    address: tuple[str, int]

    def __init__(self, output: IO[bytes], on_line: OnLine):
        self._output = output
        self._on_line = on_line
        self._line_error: Exception | None = None
        self._exit: Exit | None = None
        self._finishing = threading.Lock()
        # An event, and not Thread.join: Python 3.11 takes a thread for ended when its join is interrupted.
        self._read_all = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, timeout: float | None = None) -> Exit | None:
        """How it ended, or None when it still runs after `timeout` seconds. All output has been handed on by then.

        An error of the `on_line` function is raised here.
        """
        return self._finish() if self._wait_for_end(timeout) else None

    def stop(self, grace: float) -> Exit:
        """SIGTERM, at most `grace` seconds, then SIGKILL: the service's way to stop a container."""
        self.terminate()
        return self.wait(grace) or self.kill()

    def kill(self) -> Exit:
        """SIGKILL, to the program and all it started."""
        self._kill()
        self._wait_for_end(None)
        return self._finish()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.wait(0) is None

    @abstractmethod
    def _wait_for_end(self, timeout: float | None) -> bool:
        """Wait at most `timeout` seconds for the end."""

    @abstractmethod
    def _collect(self) -> Exit:
        """Called once, after the end: remove what is left of it and tell how it ended."""

    @abstractmethod
    def terminate(self) -> None:
        """Send SIGTERM to the program alone."""

    @abstractmethod
    def _kill(self) -> None:
        """Kill the program and all it started."""

    def _read(self) -> None:
        try:
            with self._output:
                for line in iter(partial(self._output.readline, MAX_LINE_BYTES), b""):
                    self._hand_on(line.decode("utf-8", "replace").rstrip("\r\n"))
        finally:
            self._read_all.set()

    def _hand_on(self, line: str) -> None:
        if self._line_error is None:
            try:
                self._on_line(line)
            except Exception as error:  # noqa: BLE001 (raised in _finish; reading continues, or the program would block)
                self._line_error = error

    def _finish(self) -> Exit:
        with self._finishing:
            if self._exit is None:
                self._exit = self._collect()
                self._read_all.wait()
                if self._line_error:
                    raise self._line_error
            return self._exit

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.running:
            self.kill()


class Engine(Protocol):
    """Runs one image's `train` and `serve`."""

    description: str

    def sees(self, opt_ml: Path) -> Path:
        """Return where a program sees the folder that is its /opt/ml."""

    def network(self, name: str, hosts: Sequence[str], isolated: bool) -> AbstractContextManager[str]:
        """Make a network on which containers with these names find each other. An isolated one has no way out."""

    def start(self, launch: Launch, on_line: OnLine) -> Container:
        """Start it, or raise EngineError. `on_line` is called from another thread with each line of output."""
