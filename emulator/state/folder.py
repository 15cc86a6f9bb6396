"""The state folder, which holds objects, logs and the records of jobs: its owner's alone."""

import os
import stat
from pathlib import Path

from emulator.errors import EmulatorError

WORK = "work"
"""The folder of running jobs. Containers of any user have theirs in it, so modes below differ; nobody gets past it."""


def claim(state: Path) -> None:
    """Make the folder where it is missing, and its owner's alone where it is not.

    Raises EmulatorError when it is a link or belongs to somebody else, OSError when it cannot be made.
    """
    if not os.path.lexists(state):
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = state.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise EmulatorError(f"{state} is a link: name the folder itself with --state")
    if not stat.S_ISDIR(status.st_mode):
        raise EmulatorError(f"{state} is a file: name a folder with --state")
    if status.st_uid != os.geteuid():
        raise EmulatorError(
            f"{state} belongs to user {status.st_uid}, but you are user {os.geteuid()}: choose another --state"
        )
    _close(state, status, 0o700)


def close_to_others(state: Path) -> None:
    """Take everybody else's rights from all that is in the folder. Raises EmulatorError for what is not ours."""
    for below, folders, files in os.walk(state):
        if Path(below) == state and WORK in folders:
            folders.remove(WORK)
        for names, mode in ((folders, 0o700), (files, 0o600)):
            for path in (Path(below, name) for name in names):
                _close(path, path.lstat(), mode)


def _close(path: Path, status: os.stat_result, mode: int) -> None:
    if stat.S_ISLNK(status.st_mode) or not status.st_mode & 0o077:
        return
    try:
        path.chmod(mode)
    except PermissionError:
        raise EmulatorError(
            f"{path} belongs to user {status.st_uid}, and others may read it: take ownership of it, or choose "
            "another --state"
        ) from None
