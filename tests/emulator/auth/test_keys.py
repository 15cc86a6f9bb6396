"""The access key of a state folder."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.auth import keys
from emulator.errors import EmulatorError
from tests.emulator.running import RunningEmulator


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        key = keys.ensure(tmp_path)
    finally:
        os.umask(previous)
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key.id)
    assert len(key.secret) == 40
    assert key.secret not in repr(key)
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [keys.FILE]
    assert keys.ensure(tmp_path) == key


def test_every_folder_has_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert keys.ensure(tmp_path / "a").secret != keys.ensure(tmp_path / "b").secret


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_could_read_is_replaced(tmp_path: Path, mode: int) -> None:
    known = keys.ensure(tmp_path)
    (tmp_path / keys.FILE).chmod(mode)
    made = keys.ensure(tmp_path)
    assert made.secret != known.secret
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert keys.ensure(tmp_path) == made


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"access_key_id": "AKIA", "secret_access_key": ""}', '{"access_key_id": 1}']
)
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / keys.FILE
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(
        EmulatorError, match=f"{path} does not hold an access key: remove it, and the next start creates"
    ):
        keys.ensure(tmp_path)
    assert path.read_text() == text


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / keys.FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=keys.FILE):
        keys.ensure(tmp_path)


def test_what_a_kill_left_behind_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / keys.FILE).with_suffix(".part").write_text("half")
    assert keys.ensure(tmp_path) == keys.ensure(tmp_path)


def test_it_survives_a_kill_of_the_emulator(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    before = json.loads((running.state / keys.FILE).read_text())
    s3 = running.client("s3")
    running.kill()
    running.start()
    assert json.loads((running.state / keys.FILE).read_text()) == before
    assert s3.list_buckets()["Buckets"] == []
