"""The state folder: whoever makes it, it is its owner's alone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driver import emulator
from emulator.errors import EmulatorError
from emulator.state import folder as statefolder
from tests.emulator.running import RunningEmulator


def loose(folder: Path) -> list[str]:
    """What in a folder, itself included, others may use."""
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Nothing is taken from others by the user's own umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_all_that_an_emulator_makes_is_its_owners(servers: Callable[..., RunningEmulator]) -> None:
    running = servers()
    s3, logs = running.client("s3"), running.client("logs")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"secret")
    logs.create_log_group(logGroupName="group")
    names = {path.name for path in running.state.rglob("*")}
    assert {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "objects", "logs", "work", "lock"} <= names
    assert loose(running.state) == []


def test_what_is_not_is_put_right_at_the_start(servers: Callable[..., RunningEmulator], tmp_path: Path) -> None:
    running = servers()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"secret")
    running.end()
    for path in (running.state, *running.state.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    running.start()
    assert loose(running.state) == []
    assert running.client("s3").get_object(Bucket="bucket", Key="a")["Body"].read() == b"secret"


def test_the_drivers_files_too(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    emulator.ensure_up(state, 0, "process", lambda line: None)
    try:
        assert {"server.log", "up.lock", "lock"} <= {path.name for path in state.iterdir()}
        assert loose(state) == []
    finally:
        emulator.down(state)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "there")
    with pytest.raises(EmulatorError, match=r"state is a link: name the folder itself with --state"):
        statefolder.claim(tmp_path / "state")
    with pytest.raises(emulator.DriverError, match=r"state is a link: name a folder of your own with --state"):
        emulator.ensure_up(emulator.folder(tmp_path / "state"), 0)
    assert not list((tmp_path / "there").iterdir())


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(EmulatorError, match=r"state is a file: name a folder with --state"):
        statefolder.claim(tmp_path / "state")


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    state = Path("/")  # root's
    if os.geteuid() == 0:
        state = tmp_path / "state"
        state.mkdir()
        os.chown(state, 65534, -1)
    mode = state.stat().st_mode
    with pytest.raises(EmulatorError, match=r"belongs to user \d+, but you are user \d+: choose another --state"):
        statefolder.claim(state)
    with pytest.raises(
        emulator.DriverError, match=r"belongs to user \d+, but you are user \d+: name a folder of your own"
    ):
        emulator.ensure_up(state, 0)
    assert state.stat().st_mode == mode
