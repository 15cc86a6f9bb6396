"""Runs launch.py as a user would, against an emulator of the demo's own, and shows what is typed and what it says."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAM = "./launch.py"
_OF_CONTAINER = re.compile(r"  \S+ \| ")


class LaunchError(Exception):
    """A command that did not end well; its own words stand above."""


class Launch:
    """An emulator with an empty state folder, as a context manager; it is ended at the end, whatever happens."""

    def __init__(self, state: Path, engine: str):
        self._state = state.resolve()
        self._engine = engine
        # Nothing of the user's own settings decides where the commands go.
        named = ("AWS_ENDPOINT_URL", "LAUNCH_STATE")
        self._environment = {name: value for name, value in os.environ.items() if name not in named}
        self._environment |= {"LAUNCH_STATE": str(self._state), "PYTHONIOENCODING": "utf-8"}

    def __enter__(self) -> "Launch":
        self._run(["local", "down"])
        shutil.rmtree(self._state, ignore_errors=True)
        self._run(["local", "up", "--port", "0", "--engine", self._engine])
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._run(["local", "down"])

    def __call__(self, *arguments: str) -> Any:
        """Run a command and return its result, with its progress quoted. LaunchError when it does not end with 0."""
        print(f"   $ {shlex.join([PROGRAM, *arguments])}", flush=True)
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as result,
            self._started([*arguments, "--json"], stdout=result, stderr=subprocess.PIPE) as process,
        ):
            try:
                for line in process.stderr or ():
                    if arguments[0] == "train" or not _OF_CONTAINER.match(line):  # a server's log tells little here
                        print(f"   | {line}", end="", flush=True)
            except BaseException:  # Ctrl-C and SIGTERM: it ends as we do
                process.terminate()
                raise
            if process.wait():
                raise LaunchError(f"`{PROGRAM} {arguments[0]}` ended with exit code {process.returncode}")
            result.seek(0)
            return json.load(result)

    def _run(self, arguments: list[str]) -> None:
        """One of the commands that nobody needs to see, unless it fails."""
        process = self._started(arguments, stdout=subprocess.PIPE, stderr=None)
        said, _ = process.communicate()
        if process.returncode:
            raise LaunchError(f"`{PROGRAM} {' '.join(arguments)}` ended with {process.returncode}: {said}")

    def _started(self, arguments: list[str], stdout: Any, stderr: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, REPOSITORY / "launch.py", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            encoding="utf-8",
            errors="backslashreplace",
        )
