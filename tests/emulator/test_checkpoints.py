"""Checkpoints between a folder and S3."""

from collections.abc import Callable
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from emulator.api.call import ACCOUNT
from emulator.aws.locations import Location
from emulator.checkpoints import Checkpoints
from emulator.errors import EmulatorError
from emulator.platform import Platform

PLACE = Location("bucket", "place")


@pytest.fixture
def checkpoints(platform: Platform, tmp_path: Path) -> Callable[..., Checkpoints]:
    """`checkpoints("a", "b")`: between these folders of `tmp_path` and s3://bucket/place."""
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")

    def between(*folders: str) -> Checkpoints:
        for folder in folders:
            (tmp_path / folder).mkdir()
        return Checkpoints(platform.objects, PLACE, [tmp_path / folder for folder in folders])

    return between


def stored(platform: Platform) -> dict[str, str]:
    return {found.key: found.path.read_text() for found in platform.objects.find("bucket", "")}


def put(platform: Platform, folder: Path, key: str, content: str) -> None:
    (folder / "content").write_text(content)
    platform.objects.put("bucket", key, folder / "content")


def test_what_changes_is_sent_and_what_does_not_is_left(
    platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]
) -> None:
    kept = checkpoints("a")
    (tmp_path / "a" / "deep").mkdir()
    (tmp_path / "a" / "deep" / "1").write_text("one")
    kept.save()
    assert stored(platform) == {"place/deep/1": "one"}
    put(platform, tmp_path, "place/deep/1", "changed in S3")
    kept.save()
    assert stored(platform) == {"place/deep/1": "changed in S3"}
    (tmp_path / "a" / "deep" / "1").write_text("two or more")
    kept.save()
    assert stored(platform) == {"place/deep/1": "two or more"}


def test_deletions_are_sent_but_only_of_what_was_here(
    platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]
) -> None:
    put(platform, tmp_path, "place/1", "one")
    put(platform, tmp_path, "placebo", "not below the place")
    kept = checkpoints("a")
    kept.restore()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["1"]
    put(platform, tmp_path, "place/later", "put by somebody else")
    (tmp_path / "a" / "1").unlink()
    kept.save()
    assert stored(platform) == {"place/later": "put by somebody else", "placebo": "not below the place"}


def test_every_host_starts_with_them(
    platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]
) -> None:
    put(platform, tmp_path, "place/1", "one")
    checkpoints("a", "b").restore()
    assert (tmp_path / "a" / "1").read_text() == (tmp_path / "b" / "1").read_text() == "one"


def test_links_are_not_followed(platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]) -> None:
    kept = checkpoints("a")
    (tmp_path / "secret").write_text("of this machine")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "secret")
    kept.save()
    assert stored(platform) == {}


def test_a_bucket_that_is_gone(platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]) -> None:
    kept = checkpoints("a")
    kept._location = Location("other", "place")
    (tmp_path / "a" / "1").write_text("one")
    with pytest.raises(EmulatorError, match="the bucket of the checkpoints, 'other', does not exist any more"):
        kept.save()
