"""Checkpoints between a folder and S3."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from emulator.api.call import ACCOUNT
from emulator.aws.locations import Location
from emulator.errors import EmulatorError
from emulator.files.untrusted import FolderError
from emulator.platform import Platform
from emulator.training.checkpoints import Checkpoints

PLACE = Location("bucket", "place")


@pytest.fixture
def said() -> list[str]:
    """What was said of checkpoints."""
    return []


@pytest.fixture
def checkpoints(platform: Platform, tmp_path: Path, said: list[str]) -> Callable[..., Checkpoints]:
    """`checkpoints("a", "b")`: between these folders of `tmp_path` and s3://bucket/place."""
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")

    def between(*folders: str) -> Checkpoints:
        for folder in folders:
            (tmp_path / folder).mkdir()
        return Checkpoints(platform.objects, PLACE, [tmp_path / folder for folder in folders], "", said.append)

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


def test_links_and_the_like_are_left_out_and_named_once(
    platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints], said: list[str]
) -> None:
    kept = checkpoints("a")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("of this machine")
    (tmp_path / "a" / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "secret" / "key")
    os.mkfifo(tmp_path / "a" / "pipe")
    Path(os.fsdecode(bytes(tmp_path / "a") + b"/latin-\xe9")).touch()
    kept.save()
    kept.save()
    assert stored(platform) == {}
    assert sorted(said) == sorted(
        [
            "the checkpoint latin-\N{REPLACEMENT CHARACTER} is left out: its name is not UTF-8",
            "the checkpoint folder is left out: it is a link",
            "the checkpoint link is left out: it is a link",
            "the checkpoint pipe is left out: it is a FIFO",
        ]
    )


@pytest.mark.parametrize("inside", ["checkpoints", "deep/checkpoints"])
def test_a_folder_of_checkpoints_that_became_a_link(platform: Platform, tmp_path: Path, inside: str) -> None:
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    opt_ml, secret = tmp_path / "ml", tmp_path / "secret" / "checkpoints"
    for folder in (opt_ml / inside, secret):
        folder.mkdir(parents=True)
    (secret / "key").write_text("of this machine")
    kept = Checkpoints(platform.objects, PLACE, [opt_ml], inside, print)
    kept.restore()
    linked = opt_ml / inside.split("/")[0]
    linked.rename(tmp_path / "moved")
    linked.symlink_to(secret if linked.name == "checkpoints" else secret.parent)
    with pytest.raises(
        FolderError, match=rf"^{inside.split('/')[0]} is a link, not a folder, and links are not followed"
    ):
        kept.save()
    assert stored(platform) == {}


def test_a_folder_of_checkpoints_that_is_removed_takes_them_along(platform: Platform, tmp_path: Path) -> None:
    s3_backends[ACCOUNT]["aws"].create_bucket("bucket", "us-east-1")
    kept = Checkpoints(platform.objects, PLACE, [tmp_path], "a", print)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1").write_text("one")
    kept.save()
    (tmp_path / "a").rename(tmp_path / "b")
    kept.save()
    assert stored(platform) == {}


def test_a_file_that_grows_while_it_is_sent(
    platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]
) -> None:
    kept = checkpoints("a")
    done = threading.Event()

    def grow() -> None:
        with (tmp_path / "a" / "log").open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(bytes(1 << 20))
                if file.tell() > 1 << 28:
                    file.truncate(0)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(5):
            kept.save()
    finally:
        done.set()
        thread.join()
    kept.save()
    assert [found.path.stat().st_size for found in platform.objects.find("bucket", "")] == [
        (tmp_path / "a" / "log").stat().st_size
    ]


def test_a_bucket_that_is_gone(platform: Platform, tmp_path: Path, checkpoints: Callable[..., Checkpoints]) -> None:
    kept = checkpoints("a")
    kept._location = Location("other", "place")
    (tmp_path / "a" / "1").write_text("one")
    with pytest.raises(EmulatorError, match="the bucket of the checkpoints, 'other', no longer exists"):
        kept.save()
