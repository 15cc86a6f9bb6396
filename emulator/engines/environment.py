"""The virtual environment that stands for an image where there is no container engine.

It holds what the image's requirements.lock names, hashes checked, and our own packages installed editable, so that a
change of code needs no reinstall. A stamp written last tells a whole environment from an interrupted one.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from emulator.errors import EngineError
from emulator.images import Image


def programs(image: Image, repository: Path, say: Callable[[str], None]) -> Path:
    """The folder with the image's `train` and `serve`, made first when missing or stale; EngineError if pip fails."""
    repository = repository.resolve()
    folder = repository / ".venvs" / image.name
    folder.parent.mkdir(exist_ok=True)
    image_folder = image.folder.resolve()
    locks = (repository / "images" / "build-tools.lock", image_folder / "requirements.lock")
    sources = (repository / "shared", image_folder)
    stamp = _stamp(folder, *locks, *(source / "pyproject.toml" for source in sources))
    with (folder.parent / f"{image.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two jobs at once must not build it twice
        if not _complete(folder, stamp):
            say(f"Creating .venvs/{image.name} from images/{image.name}/requirements.lock (once, about a minute)")
            _create(folder, locks, sources)
            (folder / "complete").write_text(stamp)
    return folder / "bin"


def _stamp(folder: Path, *files: Path) -> str:
    """What the environment depends on. Its own path too: the programs in it name their interpreter by full path."""
    parts = [str(folder).encode(), sys.version.encode(), *(file.read_bytes() for file in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _complete(folder: Path, stamp: str) -> bool:
    file = folder / "complete"
    return file.is_file() and file.read_text() == stamp


def _create(folder: Path, locks: tuple[Path, ...], sources: tuple[Path, ...]) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _run(sys.executable, "-m", "venv", str(folder))
    pip = (str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check")
    install = (*pip, "install", "--no-deps", "--no-build-isolation")  # what builds is locked too
    for lock in locks:
        _run(*install, "--require-hashes", "--requirement", str(lock))
    for source in sources:
        _run(*install, "--editable", str(source))


def _run(*command: str) -> None:
    code = subprocess.run(command, check=False).returncode
    if code:
        raise EngineError(f"`{' '.join(command)}` ended with exit code {code}; its message stands above")
