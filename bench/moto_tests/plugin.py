"""For pytest: a test of moto that asks moto's server for an empty account gets a new emulator instead."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.core.models import ServerModeMockAWS

from bench.moto_tests.fresh import Emulators


@pytest.fixture(scope="session", autouse=True)
def emulators() -> Iterator[None]:
    """Let moto's decorator start an emulator where it would have reset a server."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        running = Emulators(Path(folder))
        enable = ServerModeMockAWS._enable_patching

        def enable_on_emulator(mock: ServerModeMockAWS, reset: bool = True) -> None:
            if mock._nested_count == 1 and reset:
                os.environ["TEST_SERVER_MODE_ENDPOINT"] = running.start()
            mock._test_server_mode_endpoint = os.environ["TEST_SERVER_MODE_ENDPOINT"]
            enable(mock, reset)

        monkeypatch.setattr(ServerModeMockAWS, "reset", lambda _: None)
        monkeypatch.setattr(ServerModeMockAWS, "_enable_patching", enable_on_emulator)
        yield
        running.end()
