"""The log keeps everything on disk and the end in memory."""

from pathlib import Path

from emulator.engines.log import KEPT_LINES, Log


def test_lines_are_kept_and_handed_on(tmp_path: Path) -> None:
    seen: list[str] = []
    with Log(tmp_path / "log", seen.append) as log:
        for number in range(100):
            log(f"line {number} é")
        assert log.path.read_text(encoding="utf-8").splitlines() == seen  # at once, not when it is closed
    assert seen[-1] == "line 99 é"
    assert log.tail.splitlines() == ["", "last lines of output:", *(f"  {line}" for line in seen[-KEPT_LINES:])]


def test_an_endless_line_is_shown_in_part(tmp_path: Path) -> None:
    with Log(tmp_path / "log") as log:
        log("x" * 65_536)
        assert len(log.tail) < 600


def test_no_output_leaves_no_heading(tmp_path: Path) -> None:
    with Log(tmp_path / "log") as log:
        assert log.tail == ""
