"""Checkpoints that survive an interruption, in the folder that SageMaker keeps in step with S3.

Each is one file, `checkpoint-000012-SETTINGS-DATA.npz`, so that uploads are few: the state of training, as JSON, and
its arrays. SETTINGS and DATA are digests of what training must have in common to resume from it; other checkpoints are
left alone. A file is written under a temporary name and renamed, because the uploader may read at any moment; one that
cannot be read all the same is passed over for the one before. Of several hosts only the first saves and reads them,
and tells the others what it has read.
"""

import hashlib
import json
import logging
import re
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smcontract.errors import UserError
from smcontract.files import sha256, sync
from smcontract.training.evaluation import EXAMPLES
from smcontract.training.hosts.group import Group
from smcontract.training.job import Job

KEEP = 3
_SHARE = 9  # training takes at least so many times what saving takes
_STATE = "state"  # the array that holds it
_NAME = re.compile(r"checkpoint-(?P<step>\d+)-(?P<settings>[0-9a-f]{12})-(?P<data>[0-9a-f]{12})\.npz")
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)

log = logging.getLogger(__name__)


class Checkpoint(NamedTuple):
    """Training after `step` steps, as an image has saved it."""

    step: int
    state: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


class Checkpoints:
    """The checkpoints of training with the same `settings`, JSON values only, on the same `data`, a digest.

    Without a `folder` nothing is saved or found. `seconds` is the least time between two checkpoints. Only one that
    `saves` touches the folder.
    """

    def __init__(
        self,
        folder: Path | None,
        settings: Mapping[str, Any],
        data: str = "",
        seconds: float = 0.0,
        keep: int = KEEP,
        saves: bool = True,
    ) -> None:
        self._folder, self._seconds, self._keep, self._saves = folder, seconds, keep, saves
        texts = {"settings": json.dumps(settings, sort_keys=True), "data": data}
        self._ours = {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, text in texts.items()}
        self._saved, self._took = time.monotonic(), 0.0

    @classmethod
    def of(cls, job: Job, image: str, settings: Mapping[str, Any], group: Group | None = None) -> "Checkpoints":
        """Return those of a job, which the version of the `image` must fit, and all of `settings` that training heeds.

        Each host of the `group` reads every file of its channels once if the job has checkpoints. Raises UserError when
        they cannot be written.
        """
        group = group or Group.alone()
        if not group.first(job.checkpoints is not None):
            return cls(None, {})
        if group.is_leader and job.checkpoints:
            _check_writable(job.checkpoints)
        data = " ".join(each["data"] for each in group.gather({"data": digest(job)}))
        heeded = {name: value for name, value in settings.items() if name != EXAMPLES.name}
        known = {"image": image, "version": version(image), "hosts": len(job.resources.hosts)}
        settings = {**known, "settings": heeded}
        return cls(job.checkpoints, settings, data, job.checkpoint_seconds, saves=group.is_leader)

    def __bool__(self) -> bool:
        """Whether the job has checkpoints: the same on all its hosts."""
        return self._folder is not None

    @property
    def interval(self) -> float:
        """Seconds between two checkpoints: as many as were asked for, or nine times what the last one took."""
        return max(self._seconds, _SHARE * self._took) if self._seconds else 0.0

    def due(self) -> bool:
        """Whether it is time to save."""
        return bool(self) and time.monotonic() >= self._saved + self.interval

    def postpone(self) -> None:
        """Be due an interval from now, where nothing could be saved."""
        self._saved = time.monotonic()

    def save(self, step: int, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Save training after `step` steps, and remove all but the last few. `state` is as JSON has it.

        A checkpoint that cannot be written, as on a full disk, costs a warning and no training.
        """
        if self._folder is None or not self._saves:
            return
        started = time.monotonic()
        path = self._folder / f"checkpoint-{step:06d}-{self._ours['settings']}-{self._ours['data']}.npz"
        temporary = path.with_name(f".{path.name}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(temporary, state, arrays)
            sync(temporary)
            temporary.replace(path)
            sync(self._folder)
            for _, old in self._all()[: -self._keep]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the checkpoint of step %d cannot be written (%s): training continues", step, error.strerror)
        finally:
            temporary.unlink(missing_ok=True)
        self._saved = time.monotonic()
        self._took = self._saved - started

    def newest(self, group: Group | None = None) -> Checkpoint | None:
        """Return the newest checkpoint that can be read, if there is one; the log says what came of the others.

        All hosts of a `group` get what the first one finds.
        """
        if group is None or group.size == 1:
            return self._newest()
        found = self._newest() if group.is_leader else None
        told = dict(group.broadcast({"found": found and found[:2], **(found.arrays if found else {})}))
        place = told.pop("found")
        return Checkpoint(place[0], place[1], told) if place else None

    def _newest(self) -> Checkpoint | None:
        for step, path in reversed(self._all()):
            try:
                found = _read(step, path)
            except _UNREADABLE as error:
                log.warning("%s is damaged (%s): the checkpoint before it is used", path.name, error)
                continue
            log.info("resuming from %s, after step %d", path.name, step)
            return found
        self._explain()
        return None

    def _explain(self) -> None:
        """Say why none of the checkpoints that there are will do."""
        others = [match for match in self._matches() if any(match[name] != own for name, own in self._ours.items())]
        for name, what in (("data", "the same settings, but of other data"), ("settings", "other settings")):
            of_those = [match for match in others if match[name] != self._ours[name]]
            if name == "data":
                of_those = [match for match in of_those if match["settings"] == self._ours["settings"]]
            if of_those:
                log.warning(
                    "%d checkpoints in %s are of %s: they are left alone, and training starts from the beginning",
                    len(of_those), self._folder, what,
                )  # fmt: skip

    def _all(self) -> list[tuple[int, Path]]:
        if self._folder is None:
            return []
        ours = [match for match in self._matches() if all(match[name] == own for name, own in self._ours.items())]
        return sorted((int(match["step"]), self._folder / match.string) for match in ours)

    def _matches(self) -> list[re.Match[str]]:
        if self._folder is None or not self._folder.is_dir():
            return []
        return [match for path in self._folder.iterdir() if (match := _NAME.fullmatch(path.name))]


def digest(job: Job) -> str:
    """Return a digest of the content of all channels: SHA-256 over the names, the media types and the files."""
    found = hashlib.sha256()
    for name, channel in sorted(job.channels.items()):
        found.update(json.dumps([name, channel.content_type]).encode())
        for path in replace(channel, may_be_empty=True).files():  # an empty one is for the image to refuse
            found.update(json.dumps([str(path.relative_to(channel.folder)), sha256(path)]).encode())
    return found.hexdigest()


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writable-", dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"checkpoints cannot be written in {folder} ({error.strerror}): mount a folder there that the container's "
            "user may write to, or leave out CheckpointConfig"
        ) from error


def _write(path: Path, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    content: dict[str, Any] = {**arrays, _STATE: np.frombuffer(json.dumps(state).encode(), np.uint8)}
    np.savez(path, **content)


def _read(step: int, path: Path) -> Checkpoint:
    """Raises what `_UNREADABLE` lists; the file has a checksum for each array."""
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return Checkpoint(step, json.loads(arrays.pop(_STATE).tobytes()), arrays)
