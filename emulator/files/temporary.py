"""Folders of running jobs: made for their owner alone, and removed whatever a container has left in them.

Python's own TemporaryDirectory changes the mode of what a link leads to (CVE-2023-6597), and shutil.rmtree calls itself
for each level of folders, of which a container may make more than Python's stack holds.
"""

import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def temporary(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder in `parent`, or where temporary files belong; remove it at the end, as `remove` does."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder and all in it, read-only folders too, following no link. What cannot be removed stays."""
    if folder.is_symlink():
        folder.unlink()
        return
    with suppress(OSError):
        parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _is_folder(folder.name, parent):
                root = _open(folder.name, parent)
                try:
                    _empty(root)
                finally:
                    os.close(root)
                os.rmdir(folder.name, dir_fd=parent)
        finally:
            os.close(parent)


def _empty(root: int) -> None:
    """Remove what a folder holds. Folders within folders are moved up first: no depth needs a deep stack."""
    stuck: set[str] = set()
    while names := set(os.listdir(root)) - stuck:
        for name in names:
            try:
                _remove(name, root)
            except OSError:
                stuck.add(name)


def _remove(name: str, root: int) -> None:
    """Remove a file, or a folder whose own folders are moved to `root`."""
    if not _is_folder(name, root):
        os.unlink(name, dir_fd=root)
        return
    folder = _open(name, root)
    try:
        for inner in os.listdir(folder):  # noqa: PTH208 (a descriptor)
            with suppress(OSError):
                if _is_folder(inner, folder):
                    os.close(_open(inner, folder))  # one that is not writable cannot be moved
                    os.rename(inner, uuid.uuid4().hex, src_dir_fd=folder, dst_dir_fd=root)
                else:
                    os.unlink(inner, dir_fd=folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=root)


def _is_folder(name: str, folder: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _open(name: str, parent: int) -> int:
    """Open a folder, made writable first."""
    if stat.S_IMODE(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode) & 0o700 != 0o700:
        _make_writable(name, parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _make_writable(name: str, parent: int) -> None:
    """Change the mode of the folder itself. Linux cannot do that to a name that may be a link, but to a descriptor."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, 0o700, dir_fd=parent, follow_symlinks=False)
        return
    descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{descriptor}").chmod(0o700)
    finally:
        os.close(descriptor)
