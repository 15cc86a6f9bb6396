"""Ends what a killed emulator left running: the engines mark everything they start with its owner, the state folder.

A program's supervisor ends it, and all that came of it, as soon as the emulator is gone. It is waited for; killed, it
would leave daemons without the mark.
"""

import os
import signal
from contextlib import suppress

import psutil

from emulator.engines import docker, process
from emulator.engines.supervised import SUPERVISOR

SUPERVISORS_SECONDS = 10.0


def remove(owner: str) -> None:
    """Kill and remove the processes, containers and networks of an owner that is gone. Raises EngineError."""
    if marked := _find_marked(owner):
        supervisors = [one for one in marked if str(SUPERVISOR) in _command(one)]
        psutil.wait_procs(supervisors, timeout=SUPERVISORS_SECONDS)
        for group in _groups(owner):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
    docker.remove_left(owner)


def _groups(owner: str) -> set[int]:
    """The process groups that an engine started: each program leads one, and what it starts belongs to it."""
    found = set()
    for running in _find_marked(owner):
        with suppress(OSError):  # it has just ended
            found.add(os.getpgid(running.pid))
    return found - {os.getpgrp()}


def _find_marked(owner: str) -> list[psutil.Process]:
    found = []
    for running in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # another user's, or just ended
            if running.environ().get(process.OWNER) == owner:
                found.append(running)
    return found


def _command(running: psutil.Process) -> list[str]:
    try:
        command: list[str] = running.cmdline()
    except psutil.Error:  # it has just ended
        return []
    return command
