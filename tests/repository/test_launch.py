"""launch.py: how it comes by its environment, and that nothing of the caller is lost on the way into it.

It stands in a small repository here, whose lock files are empty and whose command only tells what it was given.
"""

import ast
import json
import shutil
import signal
import subprocess
import sys

import pytest

from tests.emulator import editable

CLI = """\
import json, os, signal, sys

def main():
    told = {"arguments": sys.argv[1:], "folder": os.getcwd(), "pid": os.getpid(), "prefix": sys.prefix}
    print(json.dumps(told), flush=True)
    if "wait" in sys.argv:
        signal.pause()
    return 3
"""
CREATING = "Creating .venvs/launch from driver/launch.lock (once, up to a minute)\n"


@pytest.fixture(scope="session")
def small(repository, tmp_path_factory):
    """A repository with launch.py, what that imports, and a command that only tells what it was given."""
    folder = tmp_path_factory.mktemp("small")
    own = (
        "emulator/__init__.py",
        "emulator/errors.py",
        "emulator/engines/log.py",
        "emulator/engines/virtualenv.py",
        "driver/console.py",
    )
    for name in ("launch.py", *own):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, folder / name)
    for name in ("shared", "images/one"):
        editable.write(folder / name, name.rpartition("/")[2], "program")
    for name, content in (("driver/cli.py", CLI), ("driver/launch.lock", ""), ("images/build-tools.lock", "")):
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def launch(small, tmp_path):
    def run(*arguments, before=(), **options):
        command = [sys.executable, *before, small / "launch.py", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, **options)

    return run


def test_the_environment_is_made_once_and_everything_reaches_the_command(launch, small, tmp_path):
    shutil.rmtree(small / ".venvs", ignore_errors=True)
    done = launch("train", "two words", "--set=a=b")
    assert (done.returncode, done.stderr) == (3, CREATING)
    told = json.loads(done.stdout)
    assert told["arguments"] == ["train", "two words", "--set=a=b"]
    assert (told["folder"], told["prefix"]) == (str(tmp_path), str(small / ".venvs" / "launch"))
    assert (small / ".venvs" / "launch" / "bin" / "program").exists()
    again = launch()
    assert (again.returncode, again.stderr) == (3, "")


def test_it_goes_on_as_the_same_process_so_signals_arrive(launch, small):
    launch()
    with subprocess.Popen([sys.executable, small / "launch.py", "wait"], stdout=subprocess.PIPE, text=True) as process:
        assert json.loads(process.stdout.readline())["pid"] == process.pid
        process.send_signal(signal.SIGTERM)
    assert process.returncode == -signal.SIGTERM


def test_an_older_python_is_told_what_is_needed(small, tmp_path):
    pretend = (
        f"import runpy, sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (of old)'; "
        f"runpy.run_path({str(small / 'launch.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "launch.py needs Python 3.11 or newer, not 3.9.2: run it as python3.11 launch.py\n"


def test_an_older_python_can_read_it_as_far_as_that(repository):
    ast.parse((repository / "launch.py").read_text(), feature_version=(3, 7))


def test_a_change_of_the_lock_file_makes_it_anew_and_a_failing_pip_is_one_sentence_after_its_own(launch, small):
    lock = small / "driver" / "launch.lock"
    assert launch().returncode == 3
    lock.write_text("x @ file:///nowhere/x-1-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n")
    done = launch()
    lock.write_text("")
    assert done.returncode == 1
    assert done.stderr.startswith(CREATING)
    assert done.stderr.splitlines()[-1].startswith("launch.py: `")
    assert "launch.lock` ended with exit code 1; see its message above." in done.stderr.splitlines()[-1]
