"""What cannot be known is asked on a terminal: the answer is the command that is run."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from driver import images
from tests.driver.tables.reviews import frame


@pytest.fixture
def converse(tmp_path):
    """`converse(answer, *arguments)`: (exit code, what a terminal showed) of a command that was given an answer."""

    def run(answer: str, *arguments: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "driver", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(images.REPOSITORY)},
        )  # fmt: skip
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        shown, deadline = b"", time.monotonic() + 120
        while time.monotonic() < deadline and select.select([ours], [], [], 120)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the process has ended
                break
        os.close(ours)
        return process.wait(120), shown.decode().replace("\r\n", "\n")

    return run


def test_the_chosen_command_is_run(converse, tmp_path):
    table = frame(label="rating").assign(title=[f"What a film, number {i} of all" for i in range(20)])
    table.to_csv(tmp_path / "a.csv", index=False)
    code, shown = converse("1", "data", "import", "a.csv", "--to", "out")
    assert "more than one can be the text or the label:" in shown
    assert "  1  ./launch.py data import a.csv --to out --text review --label rating\n" in shown
    assert "  2  ./launch.py data import a.csv --to out --text title --label rating\n" in shown
    assert code == 0, shown
    assert (tmp_path / "out/train/a.csv").read_text().startswith("pos,")


def test_no_answer_changes_nothing(converse, tmp_path):
    (tmp_path / "a.csv").write_text("label,text\npos,A film\nneg,\n")
    code, shown = converse("", "data", "import", "a.csv", "--to", "out")
    assert (code, "Which one? [1, Enter for none]" in shown) == (1, True)
    assert not (tmp_path / "out").exists()
