"""Ends what a killed emulator left running: the engines mark everything they start with its owner, the state folder."""

import os
import signal
from contextlib import suppress

import psutil

from emulator.engines import docker, process


def remove(owner: str) -> None:
    """Kill and remove the processes, containers and networks of an owner that is no more. Raises EngineError."""
    for group in _groups(owner):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    docker.remove_left(owner)


def _groups(owner: str) -> set[int]:
    """The process groups that an engine started: each program leads one, and what it starts belongs to it."""
    found = set()
    for running in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # another user's, or just ended
            if running.environ().get(process.OWNER) == owner:
                found.add(os.getpgid(running.pid))
    return found - {os.getpgrp()}
