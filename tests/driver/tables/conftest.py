"""Commands that need no server: checks, imports and dry runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textprep.records import Record, read_csv, read_jsonlines

from driver import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path) -> Run:
    """`run("data", "check", ...)`: (exit code, standard output, standard error) of a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def as_images_read(folder: Path) -> list[tuple[str | None, str]]:
    """Labels and texts of a channel's only file, by the images' own reader."""
    (path,) = folder.iterdir()
    records: list[Record] = list((read_jsonlines if path.suffix == ".jsonl" else read_csv)([path]))
    return [(record.label, record.text) for record in records]
