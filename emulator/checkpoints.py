"""Keeps the folders of checkpoints and their place in S3 in step, as the service does.

From S3 to the folders once, before the start; from the folders to S3 ever after, deletions too. What others put there
later is not fetched, and hosts have no place of their own: the last to write a name wins.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from emulator.aws import locations
from emulator.aws.locations import Location
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError

SECONDS_BETWEEN = 1.0

Snapshot = dict[str, tuple[int, int]]  # name -> time of the last change in nanoseconds, size


class Checkpoints:
    """The checkpoints of one job, in a folder on each of its hosts."""

    def __init__(self, objects: Objects, location: Location, folders: Sequence[Path]):
        self._objects, self._location, self._folders = objects, location, folders
        self._known: dict[Path, Snapshot] = {folder: {} for folder in folders}
        self._next = 0.0

    def restore(self) -> None:
        """Fetch what is in S3. Raises EmulatorError for a key that leads outside, OSError when the disk is full."""
        source = {"S3DataType": "S3Prefix", "S3Uri": str(self._location.below(""))}
        for folder in self._folders:
            for name, path in locations.files(self._objects, source).items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
            self._known[folder] = _snapshot(folder)

    def save_now_and_then(self) -> None:
        """Save, unless that was done a moment ago: to be called often while the job runs."""
        if time.monotonic() >= self._next:
            self.save()
            self._next = time.monotonic() + SECONDS_BETWEEN

    def save(self) -> None:
        """Send to S3 what has changed since the last time. Raises EmulatorError when the bucket is gone."""
        for folder in self._folders:
            seen, known = _snapshot(folder), self._known[folder]
            for name in known.keys() - seen.keys():
                self._objects.remove(self._location.bucket, self._location.below(name).prefix)
            self._known[folder] = {
                name: state for name, state in seen.items() if state == known.get(name) or self._put(folder, name)
            }

    def _put(self, folder: Path, name: str) -> bool:
        """Put a file; False when it is to be tried again."""
        if not self._objects.bucket_exists(self._location.bucket):
            raise EmulatorError(f"the bucket of the checkpoints, {self._location.bucket!r}, does not exist any more")
        try:
            self._objects.put(self._location.bucket, self._location.below(name).prefix, folder / name)
        except (FileNotFoundError, PermissionError):
            return False  # just removed or renamed; or not ours to read until the container has ended
        return True


def _snapshot(folder: Path) -> Snapshot:
    found = {}
    for path in folder.rglob("*"):
        try:
            status = path.lstat()
            if path.is_file() and not path.is_symlink():
                found[path.relative_to(folder).as_posix()] = (status.st_mtime_ns, status.st_size)
        except (FileNotFoundError, PermissionError):
            continue
    return found
