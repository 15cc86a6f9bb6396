"""The records of jobs, models, endpoints and the like, by kind and name. A record is what Describe answers, as JSON.

Times in it are seconds since 1970, as AWS's JSON protocol has them.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from emulator.state.database import Database

Record = dict[str, Any]


class TakenError(Exception):
    """There is such a record already."""


class UnknownError(Exception):
    """The record does not exist."""


class Store:
    """Records that survive the process. Each call is one transaction."""

    def __init__(self, database: Database):
        self._database = database
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, "
                "name TEXT NOT NULL, record TEXT NOT NULL, UNIQUE (kind, name))"
            )

    def add(self, kind: str, name: str, record: Record) -> None:
        """Keep a new record; raises TakenError."""
        with self._database.transaction() as connection:
            done = connection.execute(
                "INSERT INTO records (kind, name, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (kind, name, json.dumps(record)),
            )
            if not done.rowcount:
                raise TakenError(f"{kind} {name}")

    def get(self, kind: str, name: str) -> Record:
        """Return the record; raises UnknownError."""
        with self._database.transaction() as connection:
            return _select(connection, kind, name)

    def change(self, kind: str, name: str, change: Callable[[Record], None]) -> Record:
        """Let `change` edit the record in place, nobody else between, and return it; raises UnknownError.

        LastModifiedTime is set where the record has one. When `change` raises, nothing has changed.
        """
        with self._database.transaction() as connection:
            record = _select(connection, kind, name)
            change(record)
            if "LastModifiedTime" in record:
                record["LastModifiedTime"] = time.time()
            connection.execute(
                "UPDATE records SET record = ? WHERE kind = ? AND name = ?", (json.dumps(record), kind, name)
            )
            return record

    def remove(self, kind: str, name: str) -> Record:
        """Forget the record and return it; raises UnknownError."""
        with self._database.transaction() as connection:
            record = _select(connection, kind, name)
            connection.execute("DELETE FROM records WHERE kind = ? AND name = ?", (kind, name))
            return record

    def all(self, kind: str) -> list[Record]:
        """Return the records of a kind, the oldest first."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT record FROM records WHERE kind = ? ORDER BY number", (kind,))
            return [json.loads(text) for (text,) in rows]


def _select(connection: Any, kind: str, name: str) -> Record:
    row = connection.execute("SELECT record FROM records WHERE kind = ? AND name = ?", (kind, name)).fetchone()
    if row is None:
        raise UnknownError(f"{kind} {name}")
    record: Record = json.loads(row[0])
    return record
