import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.state.database import Database
from emulator.state.records import Record, Store, TakenError, UnknownError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = Database(tmp_path / "state.sqlite")
    yield Store(database)
    database.close()


def test_added_found_removed(store: Store) -> None:
    store.add("model", "a", {"Name": "a", "CreationTime": 1.5})
    assert store.get("model", "a") == {"Name": "a", "CreationTime": 1.5}
    with pytest.raises(TakenError, match="model a"):
        store.add("model", "a", {})
    with pytest.raises(UnknownError, match="endpoint a"):
        store.get("endpoint", "a")
    assert store.remove("model", "a") == {"Name": "a", "CreationTime": 1.5}
    for call in (store.get, store.remove):
        with pytest.raises(UnknownError):
            call("model", "a")


def test_all_by_age(store: Store) -> None:
    for name in ("b", "a", "c"):
        store.add("model", name, {"Name": name})
    store.add("endpoint", "other", {})
    store.change("model", "b", lambda record: record.update(Changed=True))
    assert [record["Name"] for record in store.all("model")] == ["b", "a", "c"]


def test_a_change_sets_the_time(store: Store) -> None:
    store.add("model", "timed", {"LastModifiedTime": 1.0})
    store.add("model", "timeless", {})
    assert store.change("model", "timed", lambda record: None)["LastModifiedTime"] > 1_000_000
    assert store.change("model", "timeless", lambda record: None) == {}


def test_a_change_that_raises_changes_nothing(store: Store) -> None:
    store.add("model", "a", {"Status": "old"})

    def change(record: Record) -> None:
        record["Status"] = "new"
        raise ValueError

    with pytest.raises(ValueError):
        store.change("model", "a", change)
    assert store.get("model", "a") == {"Status": "old"}


def test_what_is_no_json_is_not_kept(store: Store) -> None:
    with pytest.raises(TypeError):
        store.add("model", "a", {"Path": Path()})
    store.add("model", "a", {})


def test_changes_from_many_threads(store: Store) -> None:
    store.add("model", "a", {"Count": 0})

    def count() -> None:
        for _ in range(40):
            store.change("model", "a", lambda record: record.update(Count=record["Count"] + 1))

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("model", "a") == {"Count": 200}


def test_one_of_many_gets_the_name(store: Store) -> None:
    got: list[int] = []

    def add(number: int) -> None:
        try:
            store.add("model", "a", {"Number": number})
        except TakenError:
            return
        got.append(number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.get("model", "a")["Number"]] == got


def test_records_survive(tmp_path: Path) -> None:
    for expected in (0, 1):
        database = Database(tmp_path / "state.sqlite")
        store = Store(database)
        assert len(store.all("model")) == expected
        store.add("model", f"model {expected}", {"Text": "ü\u2028"})
        database.close()
