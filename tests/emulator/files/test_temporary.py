"""Folders of jobs are removed whatever is in them, and nothing outside them is touched."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.files.temporary import remove, temporary

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that its owner, who is not root, may write to."""
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made, ignore_errors=True)


def as_another_user(folder: Path) -> None:
    """Remove `folder`/job as a user to whom modes mean something."""
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
                os.setegid(NOBODY)
                os.seteuid(NOBODY)
            remove(folder / "job")
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_it_is_there_for_its_owner_and_gone_at_the_end(tmp_path: Path) -> None:
    with temporary("job-", tmp_path) as made:
        assert made.parent == tmp_path
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "a").mkdir()
        (made / "a" / "b").touch()
    assert not list(tmp_path.iterdir())


def test_what_may_not_be_written_is_removed_too(folder: Path) -> None:
    deep = folder / "job" / "model" / "deep"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    (folder / "job" / "none").mkdir()
    (folder / "job" / "none" / "file").touch()
    for path, mode in ((deep, 0o555), (deep.parent, 0o555), (folder / "job" / "none", 0o000)):
        path.chmod(mode)
    as_another_user(folder)
    assert not list(folder.iterdir())


def test_links_are_removed_and_what_they_lead_to_stays(folder: Path) -> None:
    """Python 3.11's TemporaryDirectory would give others the right to write to `secret`."""
    (folder / "secret").mkdir()
    (folder / "secret" / "key").touch()
    (folder / "secret" / "key").chmod(0o400)
    locked = folder / "job" / "locked"
    locked.mkdir(parents=True)
    (locked / "folder").symlink_to(folder / "secret")
    (locked / "file").symlink_to(folder / "secret" / "key")
    locked.chmod(0o500)
    (folder / "secret").chmod(0o500)
    as_another_user(folder)
    assert not (folder / "job").exists()
    assert (folder / "secret" / "key").stat().st_mode & 0o777 == 0o400
    assert (folder / "secret").stat().st_mode & 0o777 == 0o500


def test_a_link_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").touch()
    (tmp_path / "job").symlink_to(tmp_path / "secret")
    remove(tmp_path / "job")
    assert [path.name for path in tmp_path.rglob("*")] == ["secret", "key"]


def test_any_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "job").mkdir()
    with monkeypatch.context() as within:
        within.chdir(tmp_path / "job")
        for _ in range(5000):  # deeper than Python's stack, and than any path may be
            Path("d").mkdir()
            Path("file").touch()
            os.chdir("d")
    remove(tmp_path / "job")
    assert not list(tmp_path.iterdir())
