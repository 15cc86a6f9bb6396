"""Virtual environments of images: what they hold, made once, made again when what they depend on changes, never half.

The one here needs no package from anywhere: its lock files are empty.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.engines import environment, repository, virtualenv
from emulator.errors import EngineError
from tests.emulator import editable

LOCK = Path("images", "one", "requirements.lock")
MAKE = """
import sys
from pathlib import Path
from emulator.engines import environment, repository

root = Path(sys.argv[1])
environment.programs(repository.find(root, "one"), root, print)
"""
CREATING = "Creating .venvs/one from images/one/requirements.lock (once, up to a minute)"


def lay_out(root: Path) -> Path:
    """A repository whose image depends on one of its other two distributions."""
    editable.write(root / "shared", "oneshared", "serve")
    editable.write(root / "other", "oneother", "other")
    editable.write(root / "images" / "one", "one", "train", dependencies=["oneshared[contract]>=1", "numpy<2"])
    (root / "images" / "build-tools.lock").write_text("")
    (root / LOCK).write_text("")
    return root


def ensure(root: Path) -> tuple[Path, list[str]]:
    """The folder of the image's programs, and what was said."""
    said: list[str] = []
    return environment.programs(repository.find(root, "one"), root, said.append), said


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A repository with the environment, and what the two processes printed that wanted it at once."""
    root = lay_out(tmp_path_factory.mktemp("repository"))
    command = [sys.executable, "-c", MAKE, root]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    return root, printed


@pytest.fixture
def root(made: tuple[Path, list[str]]) -> Path:
    """The repository with the environment, as every test leaves it."""
    return made[0]


@pytest.fixture
def without_venv(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python as where Debian's python3-venv is not installed."""
    with monkeypatch.context() as within:
        within.setitem(sys.modules, "ensurepip", None)
        yield


def test_two_at_once_make_it_once(made: tuple[Path, list[str]]) -> None:
    assert sorted(made[1]) == ["", CREATING + "\n"]


def test_it_holds_the_image_and_the_own_distributions_that_the_image_depends_on(root: Path) -> None:
    programs, _ = ensure(root)
    assert programs == root / ".venvs" / "one" / "bin"
    assert subprocess.run([programs / "train"], check=False).returncode == 1  # sys.exit(os.getcwd())
    assert (programs / "serve").exists()
    assert not (programs / "other").exists()


def test_used_at_once_and_made_again_when_a_lock_or_c_code_changes_or_the_interpreter_is_gone(
    root: Path, without_venv: None
) -> None:
    """To see that it would be made again, a Python will do that cannot make one."""
    programs, said = ensure(root)
    assert said == []
    (root / LOCK).write_text("# changed\n")
    with pytest.raises(EngineError, match="has no venv module: install it"):
        ensure(root)
    (root / LOCK).write_text("")
    assert ensure(root) == (programs, [])
    core = root / "shared" / "core" / "module.c"
    core.parent.mkdir()
    core.touch()
    with pytest.raises(EngineError, match="has no venv module: install it"):
        ensure(root)
    core.unlink()
    assert ensure(root) == (programs, [])
    python = programs / "python"
    interpreter = python.readlink()
    python.unlink()
    python.symlink_to("/nowhere/python3")
    with pytest.raises(EngineError, match="has no venv module: install it"):
        ensure(root)
    python.unlink()
    python.symlink_to(interpreter)
    assert ensure(root) == (programs, [])


def test_a_failed_install_is_told_and_not_taken_for_complete(root: Path) -> None:
    marker = root / ".venvs" / "one" / "bin" / "of the first"
    marker.touch()
    python = root / ".venvs" / "one" / "bin" / "python"
    python.unlink()
    (root / LOCK).write_text("x @ file:///nowhere/x-1-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(EngineError, match=r"one/requirements\.lock` ended with exit code 1; see its message above"):
        ensure(root)
    assert not marker.exists()
    (root / LOCK).write_text("")
    programs, said = ensure(root)
    assert said == [CREATING]
    assert (programs / "train").exists()
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_where_uv_fails_pip_installs_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtualenv, "UV", Path("/bin/false"))
    programs, said = ensure(lay_out(tmp_path))
    assert said == [CREATING]
    assert subprocess.run([programs / "train"], check=False).returncode == 1
    assert (programs / "serve").exists()


def test_a_repository_that_cannot_be_written_to(tmp_path: Path) -> None:
    (lay_out(tmp_path) / ".venvs").symlink_to("/sys")  # where even root makes no file
    with pytest.raises(
        EngineError, match=re.escape(".venvs/one") + " cannot be written .*use a writable copy of the repository"
    ):
        ensure(tmp_path)
    (tmp_path / ".venvs").unlink()
