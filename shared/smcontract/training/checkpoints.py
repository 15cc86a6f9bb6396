"""Checkpoints that survive an interruption, in the folder that SageMaker keeps in step with S3.

One file each, so few and small uploads; written under a temporary name and renamed, because the uploader may read at
any moment. The image decides what is in the file. Several hosts share one folder: only the leader may save.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from smcontract.files import sync


class Checkpoints:
    """The checkpoints of training runs with the same settings; those of others are left alone.

    `folder` is `Job.checkpoints`: without one nothing is saved or found. `settings` is everything that must be equal
    for training to resume from a checkpoint, JSON values only. `suffix` ends each name (".ubj").
    """

    def __init__(self, folder: Path | None, settings: Mapping[str, Any], suffix: str = "", keep: int = 3) -> None:
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
        self._folder = folder
        self._name = f"checkpoint-{{:06d}}-{digest}{suffix}"
        self._pattern = re.compile(rf"checkpoint-(\d+)-{digest}{re.escape(suffix)}")
        self._keep = keep

    def save(self, step: int, write: Callable[[Path], None]) -> None:
        """Let `write` write one file, give it the name of `step`, and remove all but the last few."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / self._name.format(step)
        temporary = path.with_name(f".{path.name}")
        try:
            write(temporary)
            sync(temporary)
            temporary.replace(path)
            sync(self._folder)
        finally:
            temporary.unlink(missing_ok=True)
        for _, old in self._all()[: -self._keep]:
            old.unlink()

    def latest(self) -> tuple[int, Path] | None:
        """Return the step and the file of the checkpoint to resume from, if there is one."""
        return self._all()[-1] if self._all() else None

    def _all(self) -> list[tuple[int, Path]]:
        if self._folder is None or not self._folder.is_dir():
            return []
        matches = [(self._pattern.fullmatch(path.name), path) for path in self._folder.iterdir()]
        return sorted((int(match[1]), path) for match, path in matches if match)
