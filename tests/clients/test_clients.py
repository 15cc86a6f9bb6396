"""The clients that people hold, each in an environment of its own, against one emulator: docs/clients.md is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import programs
from tests.emulator.client import start
from tests.emulator.running import RunningEmulator

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    running = start(tmp_path_factory.mktemp("clients") / "state")
    yield running
    running.end()


@pytest.mark.long
@pytest.mark.parametrize("program", programs.PYTHONS)
def test_the_page_says_what_a_client_finds(program: str, emulator: RunningEmulator, tmp_path: Path) -> None:
    rows = programs.run(program, emulator, tmp_path)
    failed = [f"{row['feature']}: {row['result']}" for row in rows if row["result"].startswith("FAILED")]
    assert failed == []
    again = "the page is old: write it with `make clients`"
    assert programs.on_page({row["client"] for row in rows}) == programs.lay_out(rows), again
