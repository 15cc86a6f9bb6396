"""Virtual environments made from lock files, hashes checked: made once, and again when what they depend on changes.

The repository's own packages are installed editable, so that a change of code needs no reinstall. Needs the standard
library alone: launch.py makes with it the environment in which it then runs.
"""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.engines.log import OnLine
from emulator.errors import EngineError

BUILD_TOOLS = Path("images", "build-tools.lock")
UV = Path(sys.prefix, "bin", "uv")
"""Several times as fast as pip; launch.py's environment has it, and pip fills that one."""

_OPTIONS = ("--no-deps", "--no-build-isolation")


@dataclass(frozen=True)
class VirtualEnvironment:
    """`.venvs/name` of a repository: what `lock` names, and the distributions in the folders `sources`, editable.

    All paths are relative to the repository.
    """

    repository: Path
    name: str
    lock: Path
    sources: Sequence[Path]

    @property
    def folder(self) -> Path:
        """Where it stands, whether it is there or not."""
        return self.repository.resolve() / ".venvs" / self.name

    def ensure(self, on_line: OnLine) -> Path:
        """Return its folder of programs; it is made first when it is missing or stale, which is said.

        Raises EngineError when pip fails, Python lacks the venv module or the repository is read-only.
        """
        stamp = self._stamp()
        if not self._complete(stamp):
            try:
                self._make(stamp, on_line)
            except OSError as error:
                raise EngineError(
                    f"{self.folder} cannot be written ({error.strerror or error}), but programs must be installed "
                    "there: use a writable copy of the repository"
                ) from error
        return self.folder / "bin"

    def _make(self, stamp: str, on_line: OnLine) -> None:
        self.folder.parent.mkdir(exist_ok=True)
        with (self.folder.parent / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two at once must not build it twice
            if self._complete(stamp):
                return
            on_line(f"Creating .venvs/{self.name} from {self.lock} (once, up to a minute)")
            self._create()
            (self.folder / "complete").write_text(stamp)

    def _stamp(self) -> str:
        """What it depends on. Its own path too: the programs in it name their interpreter by full path."""
        files = [self.repository / file for file in (BUILD_TOOLS, self.lock)]
        for source in self.sources:
            folder = self.repository / source
            files += [folder / "pyproject.toml", *sorted(folder.glob("*/*.[ch]"))]  # C code is built when installed
        contents = [file.read_bytes() for file in files]
        return hashlib.sha256(b"\0".join([str(self.folder).encode(), sys.version.encode(), *contents])).hexdigest()

    def _complete(self, stamp: str) -> bool:
        """The stamp is written last and removed first, so it tells a whole environment from an interrupted one.

        The interpreter is a link to that of the machine, which may be gone.
        """
        file = self.folder / "complete"
        return file.is_file() and file.read_text() == stamp and (self.folder / "bin" / "python").exists()

    def _create(self) -> None:
        if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
            raise EngineError(
                f"{sys.executable} has no venv module: install it (on Debian: apt-get install python3-venv), or use "
                "another Python"
            )
        if self.folder.exists():
            (self.folder / "complete").unlink(missing_ok=True)
            shutil.rmtree(self.folder)
        # What builds is locked too. Python compiles what programs import, a small part of what there is.
        installs = [
            ["--require-hashes", "--requirement", str(self.repository / lock)] for lock in (BUILD_TOOLS, self.lock)
        ]
        folders = [str((self.repository / source).resolve()) for source in self.sources]
        installs.append([argument for folder in folders for argument in ("--editable", folder)])
        python = str(self.folder / "bin" / "python")
        if UV.exists():
            _run(sys.executable, "-m", "venv", "--without-pip", str(self.folder))
            uv = (str(UV), "pip", "install", "--quiet", "--python", python, *_OPTIONS)
            if all(_code(*uv, *arguments, stderr=subprocess.DEVNULL) == 0 for arguments in installs):
                return
        # pip also knows what only its own settings say: an index, a proxy, certificates.
        _run(sys.executable, "-m", "venv", str(self.folder))
        pip = (python, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--no-compile", *_OPTIONS)
        for arguments in installs:
            _run(*pip, *arguments)


def _run(*command: str) -> None:
    if code := _code(*command):
        raise EngineError(
            f"`{' '.join(command)}` ended with exit code {code}; see its message above. If pip cannot reach its "
            "package index, check the network, then try again"
        )


def _code(*command: str, stderr: int | None = None) -> int:
    # The umask, because images are built from the same folders.
    return subprocess.run(command, check=False, stderr=stderr, umask=0o022).returncode
