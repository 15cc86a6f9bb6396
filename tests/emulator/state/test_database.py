import contextlib
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.state.database import Database, DatabaseError
from tests.emulator.running import REPOSITORY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def test_what_raises_has_not_happened(path: Path) -> None:
    database = Database(path)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER)")

    def insert_and_fail() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO numbers VALUES (1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        insert_and_fail()
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
    database.close()


def test_threads_wait_for_one_another(path: Path) -> None:
    database = Database(path)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE counts (count INTEGER)")
        connection.execute("INSERT INTO counts VALUES (0)")

    def count() -> None:
        for _ in range(50):
            with database.transaction() as connection:
                (found,) = connection.execute("SELECT count FROM counts").fetchone()
                connection.execute("UPDATE counts SET count = ?", (found + 1,))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as connection:
        assert connection.execute("SELECT count FROM counts").fetchone() == (200,)
    database.close()


def test_killed_in_the_middle(path: Path) -> None:
    """Whatever was reported as committed is there; of the last transaction all or nothing."""
    program = """
        import sys
        from pathlib import Path
        from emulator.state.database import Database

        database = Database(Path(sys.argv[1]))
        with database.transaction() as connection:
            connection.execute("CREATE TABLE pairs (pair INTEGER, half TEXT)")
        for pair in range(1_000_000):
            with database.transaction() as connection:
                for half in ("left", "right"):
                    connection.execute("INSERT INTO pairs VALUES (?, ?)", (pair, half))
            print(pair, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        reported = [int(process.stdout.readline()) for _ in range(4)]
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        reported += [int(line) for line in process.stdout]
    database = Database(path)
    with database.transaction() as connection:
        halves = connection.execute("SELECT pair, count(*) FROM pairs GROUP BY pair ORDER BY pair").fetchall()
    database.close()
    assert [pair for pair, _ in halves][: len(reported)] == reported
    assert len(halves) <= len(reported) + 1
    assert {count for _, count in halves} == {2}


def test_another_format_is_refused(path: Path) -> None:
    database = Database(path)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER)")
    database.close()
    Database(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(DatabaseError, match=r"another version of the emulator \(format 99, this one has 2\): choose"):
        Database(path)


@pytest.fixture
def objects(path: Path) -> Path:
    """A folder with a file that the database is to name."""
    folder = path.parent / "objects"
    folder.mkdir()
    (folder / "0123").write_text("content")
    return folder


def emptied(path: Path) -> None:
    """A database that has its head, but no table any more."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version=1")


@pytest.mark.parametrize(
    ("leave", "said"),
    [
        (Path.touch, "is empty, but objects/ beside it holds 1 files"),
        (lambda path: None, "is missing, but objects/ beside it holds 1 files"),
        (emptied, "has no tables, but objects/ beside it holds 1 files"),
        (lambda path: path.write_bytes(b"something else" * 100), r"is damaged \(file is not a database\)"),
    ],
)  # fmt: skip
def test_one_that_lost_what_it_knew_is_refused(
    path: Path, objects: Path, leave: Callable[[Path], object], said: str
) -> None:
    leave(path)
    before = path.read_bytes() if path.exists() else None
    for _ in range(2):
        with pytest.raises(DatabaseError, match=rf"state\.sqlite {said}.*: restore the file from a backup, or remove"):
            Database(path, objects)
    assert (path.read_bytes() if path.exists() else None) == before
    assert (objects / "0123").exists()


def test_a_page_that_was_damaged_is_found_at_the_start(path: Path, objects: Path) -> None:
    database = Database(path)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE numbers (number TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(f"{number:0100}",) for number in range(1000)])
    database.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = bytes(range(256)) * 16
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"state\.sqlite is damaged .*: restore the file from a backup, or remove"):
        Database(path, objects)


def test_an_empty_one_with_nothing_beside_it_is_a_beginning(path: Path) -> None:
    path.touch()
    (path.parent / "objects").mkdir()
    Database(path, path.parent / "objects").close()


def test_full_disk(path: Path) -> None:
    """SQLite says the same when its file has as many pages as it may have."""
    database = Database(path)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE texts (text TEXT)")
        connection.execute("PRAGMA max_page_count=10")

    def insert() -> None:
        for _ in range(10):
            with database.transaction() as connection:
                connection.execute("INSERT INTO texts VALUES (?)", ("x" * 10_000,))

    with pytest.raises(DatabaseError, match=r"state\.sqlite cannot be read or written: database or disk is full"):
        insert()
    with database.transaction() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM texts").fetchone()
        connection.execute("DELETE FROM texts")
    assert 0 < kept < 10
    database.close()
