"""Which engine is taken. What depends on a running Docker engine is in test_docker.py."""

from pathlib import Path

import pytest

from emulator.engines import choose
from emulator.engines.repository import Image
from emulator.errors import EngineError


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image("never-built", "1", tmp_path, {})


def test_an_unknown_engine_is_named(image: Image, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="unknown engine 'podman': choose docker or process"):
        choose("podman", image, tmp_path)


def test_without_a_docker_command_docker_is_refused(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        EngineError, match="the docker command is missing: install Docker, or choose the process engine"
    ):
        choose("docker", image, tmp_path)
