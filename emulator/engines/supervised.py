"""Programs under a supervisor each, which ends with them whatever they leave; see emulator/engines/supervisor.py."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.engines.container import Container, Exit
from emulator.engines.log import OnLine

SUPERVISOR = Path(__file__).with_name("supervisor.py")
AVAILABLE = sys.platform == "linux"


class SupervisedContainer(Container):
    """A program in `folder` with nothing but these variables; OSError when it cannot be run."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        port: int,
        on_line: OnLine,
    ):
        self.address = ("127.0.0.1", port)
        reported, report = os.pipe()
        with os.fdopen(reported, "rb") as answer:
            try:
                self._supervisor = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(SUPERVISOR), str(report), *command],
                    env=environment,
                    cwd=folder,
                    start_new_session=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(report,),
                )
            finally:
                os.close(report)
            program, *refused = map(int, answer.read().split() or (0, errno.EAGAIN))  # by its end the program runs
        if self._supervisor.stdin is None or self._supervisor.stdout is None:
            raise ValueError("the supervisor was started without pipes")
        if refused:
            with self._supervisor:  # which closes the pipes and waits
                raise OSError(refused[0], os.strerror(refused[0]), command[0])
        self._program, self._orders = program, self._supervisor.stdin
        super().__init__(self._supervisor.stdout, on_line)

    def _wait_for_end(self, timeout: float | None) -> bool:
        try:
            self._supervisor.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _collect(self) -> Exit:
        self._orders.close()
        code = self._supervisor.returncode
        if code < 0:  # somebody has killed the supervisor: the program's group, at least, ends too
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._program, signal.SIGKILL)
        return Exit(128 - code if code < 0 else code)

    def terminate(self) -> None:
        """See Container.terminate."""
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has just ended
            self._orders.write(b"T")
            self._orders.flush()

    def _kill(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        self._supervisor.send_signal(signal.SIGCONT)  # the program may have stopped it
