"""Where S3's buckets and objects stand on the disk: one file an object, and an index in the database.

A file is written under a name of its own and the index names it afterwards, in one transaction: an object is there
whole or not at all.
"""

import json
import os
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.database import Database


@dataclass(frozen=True)
class Stored:
    """One object: its content in `path`, and what S3 tells about it. `last_modified` in seconds since 1970."""

    bucket: str
    key: str
    path: Path
    etag: str
    last_modified: float
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bucket:
    """A bucket; `created` in seconds since 1970."""

    name: str
    region: str
    created: float


class Shelf:
    """Keeps what it is given until it is told to forget it. Files that no object names are removed at the start."""

    def __init__(self, database: Database, folder: Path):
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with database.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS buckets "
                "(name TEXT PRIMARY KEY, region TEXT NOT NULL, created REAL NOT NULL)"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS objects (bucket TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, "
                "etag TEXT NOT NULL, last_modified REAL NOT NULL, details TEXT NOT NULL, PRIMARY KEY (bucket, key))"
            )
            named = {file for (file,) in connection.execute("SELECT file FROM objects")}
        for file in folder.iterdir():
            if file.name not in named:
                file.unlink()

    def new_path(self) -> Path:
        """Return where to write a file that `put` is to keep. Until then it belongs to the caller."""
        return self._folder / uuid.uuid4().hex

    def add_bucket(self, bucket: Bucket) -> None:
        """Keep a bucket."""
        with self._database.transaction() as connection:
            values = (bucket.name, bucket.region, bucket.created)
            connection.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)", values)

    def remove_bucket(self, name: str) -> None:
        """Forget a bucket, which S3 lets be deleted only when it is empty."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def buckets(self) -> list[Bucket]:
        """Return the buckets by name."""
        with self._database.transaction() as connection:
            return [Bucket(*row) for row in connection.execute("SELECT * FROM buckets ORDER BY name")]

    def put(self, stored: Stored) -> None:
        """Keep an object, whose file is from `new_path`, in place of an earlier one. It is on the disk after this."""
        _sync(stored.path)
        _sync(self._folder)  # a new file's name is on the disk when its folder is
        with self._database.transaction() as connection:
            replaced = self._file(connection, stored.bucket, stored.key)
            connection.execute(
                "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)",
                (
                    stored.bucket,
                    stored.key,
                    stored.path.name,
                    stored.etag,
                    stored.last_modified,
                    json.dumps(stored.details),
                ),
            )
        if replaced != stored.path:
            _discard(replaced)

    def remove(self, bucket: str, key: str) -> None:
        """Forget an object, if it is there."""
        with self._database.transaction() as connection:
            removed = self._file(connection, bucket, key)
            connection.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key))
        _discard(removed)

    def get(self, bucket: str, key: str) -> Stored | None:
        """Return one object, if it is there."""
        return next(iter(self._rows("WHERE bucket = ? AND key = ?", bucket, key)), None)

    def find(self, bucket: str, prefix: str = "") -> list[Stored]:
        """Return the objects of a bucket whose keys begin with `prefix`, in S3's order: by UTF-8's bytes."""
        return [stored for stored in self._rows("WHERE bucket = ?", bucket) if stored.key.startswith(prefix)]

    def all(self) -> list[Stored]:
        """Return every object, by bucket and key."""
        return self._rows("")

    def _rows(self, where: str, *values: str) -> list[Stored]:
        with self._database.transaction() as connection:
            rows = connection.execute(f"SELECT * FROM objects {where} ORDER BY bucket, key", values).fetchall()  # noqa: S608
        return [
            Stored(bucket, key, self._folder / file, etag, modified, json.loads(details))
            for bucket, key, file, etag, modified, details in rows
        ]

    def _file(self, connection: Any, bucket: str, key: str) -> Path | None:
        row = connection.execute("SELECT file FROM objects WHERE bucket = ? AND key = ?", (bucket, key)).fetchone()
        return self._folder / row[0] if row else None


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _discard(file: Path | None) -> None:
    if file is not None:
        file.unlink(missing_ok=True)
