"""Emulators with an empty state, forked from a process that has imported one, for which a start takes a second."""

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

from emulator import __main__ as program

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__, "bench.moto_tests.warm"])
SECONDS = 30


class Emulators:
    """One emulator at a time, over a new folder below `folder`, which takes any credentials."""

    def __init__(self, folder: Path):
        self._folder, self._count = folder, 0
        self._process: multiprocessing.process.BaseProcess | None = None

    def start(self) -> str:
        """Kill the emulator that runs, if one does, start another and return its address."""
        self.end()
        self._count += 1
        state = self._folder / str(self._count)
        state.mkdir()
        self._process = CONTEXT.Process(target=_serve, args=(str(state),), daemon=True)
        self._process.start()
        address, deadline = state / "server.json", time.monotonic() + SECONDS
        while not address.exists():
            if time.monotonic() > deadline or self._process.exitcode is not None:
                raise RuntimeError(f"no emulator started: {(state / 'log').read_text()}")
            time.sleep(0.005)
        return str(json.loads(address.read_text())["endpoint_url"])

    def end(self) -> None:
        """Kill the emulator that runs, if one does."""
        if self._process:
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(state: str) -> None:
    with Path(state, "log").open("ab") as log:
        for output in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), output.fileno())
    sys.argv = ["emulator", "serve", "--state", state, "--port", "0", "--engine", "process", "--open"]
    sys.exit(program.main())
