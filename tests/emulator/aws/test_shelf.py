from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.aws.shelf import Bucket, Shelf, Stored
from emulator.database import Database, DatabaseError


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], Shelf]]:
    """Opens the shelf, again and again, as processes would one after the other."""
    databases: list[Database] = []

    def shelf() -> Shelf:
        for earlier in databases:
            earlier.close()
        databases.append(Database(tmp_path / "state.sqlite"))
        return Shelf(databases[-1], tmp_path / "objects")

    yield shelf
    databases[-1].close()


def stored(shelf: Shelf, key: str, content: str = "content", bucket: str = "bucket") -> Stored:
    path = shelf.new_path()
    path.write_text(content)
    return Stored(bucket, key, path, etag="0" * 32, last_modified=1.5, details={"metadata": {"a": "ü"}})


def test_kept_for_the_next_process(opened: Callable[[], Shelf]) -> None:
    shelf = opened()
    one = stored(shelf, "a/b")
    shelf.put(one)
    shelf.add_bucket(Bucket("bucket", "eu-west-1", 2.5))
    again = opened()
    assert again.all() == [one]
    assert again.get("bucket", "a/b") == one
    assert again.buckets() == [Bucket("bucket", "eu-west-1", 2.5)]
    assert one.path.read_text() == "content"


def test_replaced_and_removed_with_their_files(opened: Callable[[], Shelf]) -> None:
    shelf = opened()
    first, second = stored(shelf, "a"), stored(shelf, "a", "other")
    shelf.put(first)
    shelf.put(second)
    assert shelf.all() == [second]
    assert not first.path.exists()
    shelf.put(second)
    assert second.path.exists()
    shelf.remove("bucket", "a")
    shelf.remove("bucket", "a")
    assert shelf.all() == []
    assert not second.path.exists()
    shelf.add_bucket(Bucket("bucket", "us-east-1", 1.0))
    shelf.remove_bucket("bucket")
    assert shelf.buckets() == []


def test_found_in_the_order_of_bytes(opened: Callable[[], Shelf]) -> None:
    shelf = opened()
    keys = ["\U0001f600", "\uffff", "b", "a/", "a", "a_c", "aXc", "a%c", "A"]
    for key in keys:
        shelf.put(stored(shelf, key))
    shelf.put(stored(shelf, "a", bucket="other"))
    assert [one.key for one in shelf.find("bucket")] == sorted(keys, key=lambda key: key.encode())
    assert [one.key for one in shelf.find("bucket", "a_")] == ["a_c"]
    assert [one.key for one in shelf.find("bucket", "a%")] == ["a%c"]
    assert [one.bucket for one in shelf.find("other")] == ["other"]
    assert shelf.find("nowhere") == []


def test_what_was_never_named_is_removed_at_the_start(opened: Callable[[], Shelf]) -> None:
    shelf = opened()
    kept = stored(shelf, "kept")
    shelf.put(kept)
    stray = stored(shelf, "stray").path
    opened()
    assert not stray.exists()
    assert kept.path.exists()


def test_a_put_that_fails_leaves_the_earlier_object(opened: Callable[[], Shelf], tmp_path: Path) -> None:
    shelf = opened()
    first = stored(shelf, "a")
    shelf.put(first)
    second = stored(shelf, "a", "other")
    shelf._database.close()
    with pytest.raises(DatabaseError):
        shelf.put(second)
    assert opened().all() == [first]
    assert first.path.read_text() == "content"
