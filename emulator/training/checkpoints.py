"""Keeps the folders of checkpoints and their place in S3 in step, as the service does.

From S3 to the folders once, before the start; from the folders to S3 ever after, deletions too. What others put there
later is not fetched, and hosts have no place of their own: the last to write a name wins. Links, devices, FIFOs and
sockets are left out.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from emulator.aws import locations
from emulator.aws.locations import Location
from emulator.aws.s3 import Objects
from emulator.engines.log import OnLine
from emulator.errors import EmulatorError
from emulator.files.modes import open_to_all
from emulator.files.untrusted import Entry, Folder, FolderError

Snapshot = dict[str, tuple[int, int]]  # name -> time of the last change in nanoseconds, size


class Checkpoints:
    """The checkpoints of one job, in the folder `inside` of each host's /opt/ml; `on_line` gets what is left out."""

    def __init__(
        self,
        objects: Objects,
        location: Location,
        opt_mls: Sequence[Path],
        inside: str,
        on_line: OnLine,
    ):
        self._objects, self._location, self._opt_mls, self._inside = objects, location, opt_mls, inside
        self._on_line = on_line
        self._left_out: set[str] = set()
        self._known: dict[Path, Snapshot] = {opt_ml: {} for opt_ml in opt_mls}

    def restore(self) -> None:
        """Fetch what is in S3, before a container has seen the folders.

        Raises EmulatorError for a key that leads outside, OSError when the disk is full.
        """
        source = {"S3DataType": "S3Prefix", "S3Uri": str(self._location.below(""))}
        for opt_ml in self._opt_mls:
            folder = opt_ml / self._inside
            for name, path in locations.files(self._objects, source).items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
            open_to_all(folder, 0o777, 0o666)
            with Folder(opt_ml, self._inside) as opened:
                self._known[opt_ml] = _states(self._files(opened))

    def save(self) -> None:
        """Send to S3 what has changed since the last time: to be called often while the job runs.

        Raises EmulatorError when the bucket is gone, or the folder has become a link.
        """
        for opt_ml in self._opt_mls:
            try:
                with Folder(opt_ml, self._inside) as folder:
                    self._save(opt_ml, self._files(folder))
            except FileNotFoundError:  # the container has removed it
                self._save(opt_ml, [])
            except PermissionError:  # not ours to read until the container has ended
                continue

    def _save(self, opt_ml: Path, files: Sequence[Entry]) -> None:
        seen, known = _states(files), self._known[opt_ml]
        for name in known.keys() - seen.keys():
            self._objects.remove(self._location.bucket, self._location.below(name).prefix)
        self._known[opt_ml] = {
            file.name: seen[file.name] for file in files if seen[file.name] == known.get(file.name) or self._put(file)
        }

    def _files(self, folder: Folder) -> list[Entry]:
        files = []
        for entry in folder.walk(changing=True):
            if entry.is_folder:
                continue
            if entry.is_file and entry.shown == entry.name:
                files.append(entry)
            elif entry.name not in self._left_out:
                self._left_out.add(entry.name)
                why = "its name is not UTF-8" if entry.is_file else f"it is {entry.kind}"
                self._on_line(f"the checkpoint {entry.shown} is left out: {why}")
        return files

    def _put(self, file: Entry) -> bool:
        """Put a file; False when it is to be tried again."""
        if not self._objects.bucket_exists(self._location.bucket):
            raise EmulatorError(f"the bucket of the checkpoints, {self._location.bucket!r}, no longer exists")
        try:
            self._objects.put(self._location.bucket, self._location.below(file.name).prefix, file.chunks())
        except (FileNotFoundError, PermissionError, FolderError):
            return False  # just removed or replaced; or not ours to read until the container has ended
        return True


def _states(files: Sequence[Entry]) -> Snapshot:
    return {file.name: (file.status.st_mtime_ns, file.status.st_size) for file in files}
