import io
import os
import pty

from driver.aws.logs import Line
from driver.lifecycle.progress import Progress


def test_plain_lines_say_each_status_once():
    stream = io.StringIO()
    progress = Progress(stream)
    progress.update("Starting", [])
    progress.update("Starting", [Line("algo-1", "one")])
    progress.update("Training", [])
    progress.end()
    assert stream.getvalue() == "  0:00  Starting\n  algo-1 | one\n  0:00  Training\n"


def test_of_many_lines_the_last_are_shown():
    stream = io.StringIO()
    Progress(stream).update("Training", [Line("algo-1", str(number)) for number in range(100)])
    lines = stream.getvalue().splitlines()
    assert lines[0] == "  | ... 80 lines omitted"
    assert lines[-2:] == ["  algo-1 | 99", "  0:00  Training"]


def test_a_terminal_keeps_the_status_on_its_last_line():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        progress = Progress(stream)
        progress.update("Starting", [])
        progress.update("Training", [Line("algo-1", "one")])
        progress.end()
        shown = b""
        while not shown.endswith(b"Training\r\n"):  # a read gives what there is
            shown += os.read(ours, 1000)
    os.close(ours)
    assert shown.decode() == "\r\033[K  0:00  Starting\r\033[K  algo-1 | one\r\n  0:00  Training\r\n"


def test_a_status_of_control_characters_fits_the_line_and_a_line_each_says_its_host(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        progress = Progress(stream)
        progress.update("\x1b" * 200, [Line("algo-1", "one\ntwo")])
        progress.end()
        shown = b""
        while not shown.endswith(b"\r\n") or shown.count(b"\n") < 3:
            shown += os.read(ours, 1000)
    os.close(ours)
    first, second, status, _ = shown.decode().replace("\r\033[K", "").split("\r\n")
    assert (first, second) == ("  algo-1 | one", "  algo-1 | two")
    assert len(status) < 80
