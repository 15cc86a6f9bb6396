"""The engine for a machine without a container engine: the same `train` and `serve`, as plain processes.

It honours the command, the /opt/ml folder and the environment. It cannot cut the network, limit memory, protect the
file system or change the user: for those, use the docker engine.
"""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from emulator.engines.container import Container, Exit, Launch
from emulator.errors import EngineError


class ProcessEngine:
    """Runs the programs in `programs`, a folder holding `train` and `serve`, with the variables an image would set."""

    def __init__(self, programs: Path, environment: Mapping[str, str] | None = None):
        self.programs = programs.absolute()
        self.environment = dict(environment or {})
        self.description = "plain processes"

    def start(self, launch: Launch, on_line: Callable[[str], None]) -> Container:
        """Start the program; see Engine.start. It sees nothing of the caller's environment."""
        port = _free_port()
        environment = {
            "PATH": f"{self.programs}{os.pathsep}{os.defpath}",
            "HOME": str(launch.opt_ml),
            "LANG": "C.UTF-8",
            **self.environment,
            **launch.environment,
            "SAGEMAKER_BASE_DIR": str(launch.opt_ml.absolute()),
            "SAGEMAKER_BIND_TO_PORT": str(port),
        }
        program = self.programs / launch.command
        try:
            process = subprocess.Popen(
                [program],
                env=environment,
                cwd=launch.opt_ml,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise EngineError(f"{program} cannot be run: {error.strerror}") from error
        return ProcessContainer(process, port, on_line)


class ProcessContainer(Container):
    """A process in a session of its own; what it leaves behind ends with it, as in a container."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, on_line: Callable[[str], None]):
        if process.stdout is None:
            raise ValueError("the process was started without a pipe for its output")
        self.address = ("127.0.0.1", port)
        self._process = process
        super().__init__(process.stdout, on_line)

    def _ended(self, timeout: float | None) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _collect(self) -> Exit:
        self._kill()  # what the program leaves behind would hold the pipe open
        code = self._process.returncode
        return Exit(128 - code if code < 0 else code)

    def _terminate(self) -> None:
        self._process.terminate()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
