import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.state.database import Database, DatabaseError
from emulator.state.objects import Bucket, ObjectStore, ObjectVersion


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], ObjectStore]]:
    """Opens the shelf, again and again, as processes would one after the other."""
    databases: list[Database] = []

    def shelf() -> ObjectStore:
        for earlier in databases:
            earlier.close()
        databases.append(Database(tmp_path / "state.sqlite"))
        return ObjectStore(databases[-1], tmp_path / "objects")

    yield shelf
    databases[-1].close()


def stored(
    shelf: ObjectStore, key: str, content: str = "content", bucket: str = "bucket", version: str = "null"
) -> ObjectVersion:
    path = shelf.new_path()
    path.write_text(content)
    return ObjectVersion(bucket, key, path, "0" * 32, 1.5, {"metadata": {"a": "ü"}}, version)


def keep(shelf: ObjectStore, *versions: ObjectVersion) -> None:
    shelf.keep(versions[0].bucket, versions[0].key, versions)


def content(one: ObjectVersion) -> str | None:
    assert one.path
    return one.path.read_text() if one.path.exists() else None


def test_kept_for_the_next_process(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    one = stored(shelf, "a/b")
    keep(shelf, one)
    shelf.add_bucket(Bucket("bucket", "eu-west-1", 2.5, "Enabled"))
    again = opened()
    assert again.all() == [one]
    assert again.versions("bucket", "a/b") == [one]
    assert again.buckets() == [Bucket("bucket", "eu-west-1", 2.5, "Enabled")]
    assert content(one) == "content"


def test_replaced_and_removed_with_their_files(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    first, second = stored(shelf, "a"), stored(shelf, "a", "other")
    keep(shelf, first)
    keep(shelf, second)
    assert shelf.all() == [second]
    assert content(first) is None
    keep(shelf, second)
    assert content(second) == "other"
    shelf.keep("bucket", "a", [])
    shelf.keep("bucket", "a", [])
    assert shelf.all() == []
    assert content(second) is None
    shelf.add_bucket(Bucket("bucket", "us-east-1", 1.0))
    shelf.remove_bucket("bucket")
    assert shelf.buckets() == []


def test_found_in_the_order_of_bytes(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    keys = ["\U0001f600", "\uffff", "b", "a/", "a", "a_c", "aXc", "a%c", "A"]
    for key in keys:
        keep(shelf, stored(shelf, key))
    keep(shelf, stored(shelf, "a", bucket="other"))
    assert [one.key for one in shelf.find("bucket")] == sorted(keys, key=lambda key: key.encode())
    assert [one.key for one in shelf.find("bucket", "a_")] == ["a_c"]
    assert [one.key for one in shelf.find("bucket", "a%")] == ["a%c"]
    assert [one.bucket for one in shelf.find("other")] == ["other"]
    assert shelf.find("nowhere") == []


def test_what_was_never_named_is_removed_at_the_start(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    kept = stored(shelf, "kept")
    keep(shelf, kept)
    stray = stored(shelf, "stray")
    opened()
    assert content(stray) is None
    assert content(kept) == "content"


def test_a_put_that_fails_leaves_the_earlier_object(opened: Callable[[], ObjectStore], tmp_path: Path) -> None:
    shelf = opened()
    first = stored(shelf, "a")
    keep(shelf, first)
    second = stored(shelf, "a", "other")
    shelf._database.close()
    with pytest.raises(DatabaseError):
        keep(shelf, second)
    assert opened().all() == [first]
    assert content(first) == "content"


def test_versions_stay_in_their_order(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    first, second = (stored(shelf, "a", text, version=text) for text in ("one", "two"))
    marker = ObjectVersion("bucket", "a", None, "", 2.5, version="gone")
    keep(shelf, first, second)
    assert [one.path for one in shelf.find("bucket")] == [second.path]
    keep(shelf, first, second, marker)
    assert shelf.find("bucket") == []
    tagged = replace(first, details={"tags": {"a": "b"}})
    keep(shelf, tagged, second, marker)
    assert opened().versions("bucket", "a") == [tagged, second, marker]
    shelf = opened()
    keep(shelf, tagged, second)
    assert [one.path for one in shelf.find("bucket")] == [second.path]
    keep(shelf, second)
    assert (content(first), content(second)) == (None, "two")


def test_a_null_version_that_is_put_again_is_the_latest(opened: Callable[[], ObjectStore]) -> None:
    shelf = opened()
    old, other, new = (
        stored(shelf, "a", text, version=name) for text, name in (("old", "null"), ("b", "b"), ("new", "null"))
    )
    keep(shelf, old)
    keep(shelf, old, other)
    keep(shelf, other, new)
    assert shelf.versions("bucket", "a") == [other, new]
    assert [one.path for one in shelf.find("bucket")] == [new.path]
    assert content(old) is None


def test_what_an_earlier_format_kept_is_there(opened: Callable[[], ObjectStore], tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "file").write_text("content")
    with contextlib.closing(sqlite3.connect(tmp_path / "state.sqlite")) as old, old:
        old.executescript(
            "PRAGMA user_version=1;"
            "CREATE TABLE buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created REAL NOT NULL);"
            "CREATE TABLE objects (bucket TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, "
            "etag TEXT NOT NULL, last_modified REAL NOT NULL, details TEXT NOT NULL, PRIMARY KEY (bucket, key));"
            "INSERT INTO buckets VALUES ('bucket', 'us-east-1', 1.5);"
            "INSERT INTO objects VALUES ('bucket', 'a', 'file', '00', 2.5, '{}');"
        )
    old.close()
    for _ in range(2):
        shelf = opened()
        assert shelf.buckets() == [Bucket("bucket", "us-east-1", 1.5, None)]
        assert shelf.all() == [ObjectVersion("bucket", "a", tmp_path / "objects" / "file", "00", 2.5, {}, "null")]
        assert content(shelf.all()[0]) == "content"
