"""An output object is whole or not there."""

from pathlib import Path

import pytest

from emulator.transform.output import Output


@pytest.mark.parametrize(
    ("line_after_each", "answers", "written"),
    [
        (False, [b"a", b"b\n", b"c"], b"ab\nc"),
        (True, [b"a", b"b\n", b"c"], b"a\nb\nc\n"),
        (True, [], b""),
    ],
)
def test_assembly(tmp_path: Path, line_after_each: bool, answers: list[bytes], written: bytes) -> None:
    output = Output("x", tmp_path / "x", tmp_path / "sub" / "x.out", line_after_each)
    for answer in answers:
        output.write(answer)
    assert not output.target.exists()
    output.finish()
    assert output.target.read_bytes() == written
    assert [path.name for path in output.target.parent.iterdir()] == ["x.out"]


def test_a_failure_leaves_nothing_not_even_an_earlier_output(tmp_path: Path) -> None:
    (tmp_path / "x.out").write_text("of an earlier job")
    output = Output("x", tmp_path / "x", tmp_path / "x.out", False)
    output.write(b"good")
    output.fail("the first reason")
    output.fail("another")
    output.write(b"more")
    output.finish()
    output.abandon()
    assert output.failure == "the first reason"
    assert not any(tmp_path.iterdir())


def test_what_is_finished_cannot_be_abandoned(tmp_path: Path) -> None:
    output = Output("x", tmp_path / "x", tmp_path / "x.out", False)
    output.finish()
    output.abandon()
    assert (tmp_path / "x.out").exists()
