"""Ctrl-C in the middle of a job: nothing is left running, nothing half-written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = REPOSITORY / "tests" / "fixtures" / "programs"
JOB = """
import os, sys
from pathlib import Path
from emulator.engines import ProcessEngine
from emulator.training.job import TrainingJob
from emulator.transform.job import TransformJob
from bench.training import train
from emulator.transform.containers import transform

folder = Path({folder!r})
engine = ProcessEngine(Path({program!r}), {{"PATH": os.environ["PATH"]}})
on_line = lambda line: print(line, flush=True)
{call}
"""
TRAIN = 'train(engine, TrainingJob("job"), folder, on_line)'
TRANSFORM = 'transform(engine, TransformJob("job", folder / "model.tar.gz", folder / "in", folder / "out"), on_line)'


@pytest.mark.parametrize(
    ("program", "call", "says"),
    [
        ("obedient", TRAIN, "child"),
        ("bad_ignores_sigterm", TRAIN, "deaf"),
        ("bad_slow_answer", TRANSFORM, '"GET /execution-parameters HTTP/1.1" 404 -'),
    ],
)
def test_ctrl_c(tmp_path: Path, model: Path, program: str, call: str, says: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("x")
    job = JOB.format(folder=str(tmp_path), program=str(PROGRAMS / program), call=call)
    with subprocess.Popen(
        [sys.executable, "-c", job], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if says in line:
                break
        until(lambda: running(program))
        process.send_signal(signal.SIGINT)
        assert process.wait(20) != 0
    until(lambda: not running(program), seconds=30)  # another test may run it too, but not for so long
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part") or path.name.startswith(".work")]
    assert not list((tmp_path / "out").glob("*"))


def running(program: str) -> list[str]:
    """The command lines of processes of a fixture, as /proc has them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has just ended
        if f"programs/{program}/" in command and int(entry.parent.name) != os.getpid() and " -c " not in command:
            found.append(command)
    return found
