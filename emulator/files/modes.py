"""Modes of folders that a container will see: it may run as any user."""

import os
from pathlib import Path


def open_to_all(folder: Path, folders: int = 0o755, files: int = 0o644) -> None:
    """Give a folder, and all in it, modes with which every user reads it. Programs stay programs.

    To be called before a container has seen the folder: it goes by paths.
    """
    for below, _, names in os.walk(folder):
        for path in (Path(below, name) for name in names):
            path.chmod(files | (0o111 if path.stat().st_mode & 0o100 else 0))
        Path(below).chmod(folders)
