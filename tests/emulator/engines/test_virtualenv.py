"""Virtual environments: made once, remade when what they depend on changes, never taken half-made.

The one here needs no package from anywhere: its lock files are empty.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from emulator.engines.virtualenv import VirtualEnvironment
from emulator.errors import EngineError
from tests.emulator import editable

LOCK = Path("one.lock")
MAKE = """
import sys
from pathlib import Path
from emulator.engines.virtualenv import VirtualEnvironment

VirtualEnvironment(Path(sys.argv[1]), "one", Path("one.lock"), [Path("shared"), Path("one")]).ensure(print)
"""
CREATING = "Creating .venvs/one from one.lock (once, about a minute)"


@pytest.fixture
def environment(tmp_path: Path) -> VirtualEnvironment:
    for folder, script in (("shared", "serve"), ("one", "train")):
        editable.write(tmp_path / folder, folder, script)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "build-tools.lock").write_text("")
    (tmp_path / LOCK).write_text("")
    return VirtualEnvironment(tmp_path, "one", LOCK, [Path("shared"), Path("one")])


def test_made_once_then_used_at_once_and_made_again_when_a_lock_changes(environment: VirtualEnvironment) -> None:
    said: list[str] = []
    programs = environment.ensure(said.append)
    assert said == [CREATING]
    assert subprocess.run([programs / "train"], check=False).returncode > 0  # os.getpid, as the console script says
    assert (programs / "serve").exists()
    marker = programs / "of the first"
    marker.touch()
    assert environment.ensure(said.append) == programs
    assert len(said) == 1
    assert marker.exists()
    (environment.repository / LOCK).write_text("# changed\n")
    environment.ensure(said.append)
    assert len(said) == 2
    assert not marker.exists()


def test_made_again_when_its_interpreter_is_gone(environment: VirtualEnvironment) -> None:
    python = environment.ensure(print) / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    environment.ensure(print)
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_two_at_once_make_it_once(environment: VirtualEnvironment) -> None:
    command = [sys.executable, "-c", MAKE, environment.repository]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(process.communicate()[0] for process in both) == ["", CREATING + "\n"]
    assert [process.returncode for process in both] == [0, 0]


def test_a_failed_install_is_told_and_not_taken_for_complete(environment: VirtualEnvironment) -> None:
    lock = environment.repository / LOCK
    lock.write_text("x @ file:///nowhere/x-1-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n")
    said: list[str] = []
    with pytest.raises(EngineError, match=r"one\.lock` ended with exit code 1; see its message above"):
        environment.ensure(said.append)
    lock.write_text("")
    programs = environment.ensure(said.append)
    assert len(said) == 2
    assert (programs / "train").exists()


def test_a_repository_that_cannot_be_written_to(environment: VirtualEnvironment) -> None:
    (environment.repository / ".venvs").symlink_to("/sys")  # where even root makes no file
    with pytest.raises(EngineError, match=r"\.venvs/one cannot be written .*use a writable copy of the repository"):
        environment.ensure(print)
    (environment.repository / ".venvs").unlink()


def test_a_python_without_the_venv_module(environment: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as where Debian's python3-venv is not installed
    with pytest.raises(EngineError, match="has no venv module: install it"):
        environment.ensure(print)
