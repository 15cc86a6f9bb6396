"""The one SQLite file under the state folder: every change is on the disk before it is answered.

Write-ahead logging with full synchronisation: what was committed survives `kill -9` and a power cut, and a change that
was cut short is as if it had never begun (sqlite.org/pragma.html#pragma_synchronous).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from emulator.errors import EmulatorError

FORMAT = 2  # of everything under the state folder; raise it when an older emulator could not read what this one writes
CONVERTED = frozenset({1})  # older ones that are brought to this one: see emulator/state/objects.py


class DatabaseError(EmulatorError):
    """The file cannot be read or written."""


class Database:
    """One connection, used by one thread at a time. Raises DatabaseError: a full disk, another format.

    `index_of` is a folder of files that it names: those beside an empty, missing or damaged database would be taken for
    what nothing names and removed, so such a one is refused.
    """

    def __init__(self, path: Path, index_of: Path | None = None):
        self._lock = threading.RLock()
        self._path = path
        self._index_of = index_of
        if not path.exists() or not path.stat().st_size:
            self._refuse_beside_files("is empty" if path.exists() else "is missing")
        with self._explaining():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._check_whole()  # nothing is written to one that is refused
                self._check_format()
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=FULL")
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens, or nothing of it; others wait."""
        with self._lock, self._explaining():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._connection.close()

    def _check_format(self) -> None:
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            self._refuse_beside_files("has no tables")
        if not tables or found in CONVERTED:
            self._connection.execute(f"PRAGMA user_version={FORMAT}")
        elif found != FORMAT:
            raise DatabaseError(
                f"{self._path.parent} was written by another version of the emulator (format {found}, this one has "
                f"{FORMAT}): choose another state folder, or remove that one"
            )

    def _check_whole(self) -> None:
        """Raise DatabaseError for a damaged file, before anything is read from it."""
        try:
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            what = found.splitlines()[-1]
            raise DatabaseError(f"{self._path} is damaged ({what}): {self._remedy}")

    def _refuse_beside_files(self, state: str) -> None:
        if self._index_of and self._index_of.is_dir() and (number := sum(1 for _ in self._index_of.iterdir())):
            raise DatabaseError(
                f"{self._path} {state}, but {self._index_of.name}/ beside it holds {number:,} files, whose names and "
                f"buckets only this index knows: {self._remedy}"
            )

    @property
    def _remedy(self) -> str:
        return f"restore the file from a backup, or remove {self._path.parent} to start empty"

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseError(f"{self._path} cannot be read or written: {error}") from error
