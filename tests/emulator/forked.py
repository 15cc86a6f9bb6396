"""Emulators forked from a process that has imported what one needs, for which one alone takes most of its start.

They are real processes, with ends and signals of their own. How `python -m emulator` starts is for tests that run that.
"""

import faulthandler
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.emulator.preloaded"])


class Forked:
    """`python -m module arguments`, with the environment and umask of this process; used as a subprocess.Popen is."""

    def __init__(self, module: str, arguments: Sequence[str], log: Path):
        umask = os.umask(0)
        os.umask(umask)
        given = (module, arguments, log, dict(os.environ), umask)
        self._process = CONTEXT.Process(target=_run, args=given, daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def _run(module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str], umask: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.umask(umask)
    with log.open("ab") as file:
        for output in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), output.fileno())
    faulthandler.enable()
    for program in ("emulator.__main__", "tests.emulator.with_fixtures"):
        sys.modules.pop(program, None)  # what was imported is run now
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
