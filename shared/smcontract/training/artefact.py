"""Writing a model so that its folder holds a whole one or none.

The folder itself cannot be renamed into place (/opt/ml/model is a mount point), so the files are written in a hidden
folder inside it, on the same file system, and renamed one by one: manifest.json leaves first and arrives last. A reader
that finds no manifest.json knows that the model is incomplete, also after SIGKILL.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smcontract import manifest
from smcontract.errors import AlgorithmError, UserError
from smcontract.files import sync
from smcontract.training import failure

_PREFIX = ".staged-"


def check_writable(model_folder: Path) -> None:
    """Raise UserError when no model could be written in this folder: better now than after hours of training."""
    try:
        model_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=model_folder):
            pass
    except OSError as error:
        if error.errno in failure.DISK_FULL:
            raise
        raise UserError(
            f"the model cannot be written in {model_folder} ({error.strerror}): mount a folder that the container's "
            f"user, {os.getuid()}, may write to"
        ) from error


@contextmanager
def staged(model_folder: Path) -> Iterator[Path]:
    """Yield an empty folder for the model's files, manifest.json among them; at the end they become the model.

    What was in `model_folder` before stays until the new model is complete, and then goes. On any error nothing of the
    new one is left. Raises AlgorithmError when the block leaves no manifest.json.
    """
    model_folder.mkdir(parents=True, exist_ok=True)
    for abandoned in model_folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(abandoned)
    stage = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=model_folder))
    try:
        yield stage
        if not (stage / manifest.NAME).is_file():
            raise AlgorithmError(f"the model was saved without {manifest.NAME}")
        for path in [*stage.rglob("*"), stage]:
            sync(path)
        _publish(stage, model_folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _publish(stage: Path, model_folder: Path) -> None:
    old = [path for path in model_folder.iterdir() if path != stage]
    for path in sorted(old, key=_is_manifest, reverse=True):
        _remove(path)
    sync(model_folder)
    arrived: list[Path] = []
    try:
        for path in sorted(stage.iterdir(), key=_is_manifest):
            if _is_manifest(path):
                sync(model_folder)
            arrived.append(path.rename(model_folder / path.name))
        sync(model_folder)
    except BaseException:
        for path in reversed(arrived):
            _remove(path)
        raise


def _is_manifest(path: Path) -> bool:
    return path.name == manifest.NAME


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
