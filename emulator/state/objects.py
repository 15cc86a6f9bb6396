"""Where S3's buckets and objects stand on the disk: one file a version of an object, and an index in the database.

A file is written under a name of its own and the index names it afterwards, in one transaction: an object is there
whole or not at all.
"""

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.state.database import Database


@dataclass(frozen=True)
class ObjectVersion:
    """One version of an object: its content in `path`, None for a delete marker, and what S3 tells about it.

    `last_modified` in seconds since 1970; `version` is "null" where the bucket keeps no versions.
    """

    bucket: str
    key: str
    path: Path | None
    etag: str
    last_modified: float
    details: dict[str, Any] = field(default_factory=dict)
    version: str = "null"


@dataclass(frozen=True)
class ObjectFile:
    """An object as it is now, for those who read its file."""

    bucket: str
    key: str
    path: Path


@dataclass(frozen=True)
class Bucket:
    """A bucket; `created` in seconds since 1970, `versioning` is Enabled, Suspended or, before it was asked, None."""

    name: str
    region: str
    created: float
    versioning: str | None = None


class ObjectStore:
    """Keeps objects until they are removed. Files that no object names are removed at the start."""

    def __init__(self, database: Database, folder: Path):
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with database.transaction() as connection:
            _make_tables(connection)
            named = {file for (file,) in connection.execute("SELECT file FROM versions")}
        for file in folder.iterdir():
            if file.name not in named:
                file.unlink()

    def new_path(self) -> Path:
        """Return where to write a file that `keep` is to keep. Until then it belongs to the caller."""
        return self._folder / uuid.uuid4().hex

    def add_bucket(self, bucket: Bucket) -> None:
        """Keep a bucket, in place of an earlier one of its name."""
        with self._database.transaction() as connection:
            values = (bucket.name, bucket.region, bucket.created, bucket.versioning)
            connection.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)", values)

    def remove_bucket(self, name: str) -> None:
        """Forget a bucket, which S3 lets be deleted only when it is empty."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def buckets(self) -> list[Bucket]:
        """Return the buckets by name."""
        with self._database.transaction() as connection:
            return [Bucket(*row) for row in connection.execute("SELECT * FROM buckets ORDER BY name")]

    def keep(self, bucket: str, key: str, versions: Sequence[ObjectVersion]) -> None:
        """Make `versions`, the oldest first, all that there is under a key. It is on the disk after this.

        Files of new versions are from `new_path`; those of versions that are gone are removed.
        """
        known = {stored.version: stored for stored in self.versions(bucket, key)}
        changed = [stored for stored in versions if stored != known.get(stored.version)]
        before, after = ({stored.path for stored in some if stored.path} for some in (known.values(), versions))
        for path in after - before:
            _sync(path)
        if after - before:
            _sync(self._folder)  # a new file's name is on the disk when its folder is
        with self._database.transaction() as connection:
            for version in known.keys() - {stored.version for stored in versions}:
                _remove(connection, known[version])
            for stored in changed:
                _put(connection, stored, known.get(stored.version))
        for path in before - after:
            path.unlink(missing_ok=True)

    def versions(self, bucket: str, key: str) -> list[ObjectVersion]:
        """Return all that there is under a key, the oldest first."""
        with self._database.transaction() as connection:
            return self._rows(connection, "bucket = ? AND key = ?", bucket, key)

    def find(self, bucket: str, prefix: str = "") -> list[ObjectFile]:
        """Return the objects of a bucket whose keys begin with `prefix`, in S3's order: by UTF-8's bytes."""
        with self._database.transaction() as connection:
            latest = connection.execute(
                "SELECT key, file, max(number) FROM versions WHERE bucket = ? GROUP BY key ORDER BY key", (bucket,)
            ).fetchall()
        return [
            ObjectFile(bucket, key, self._folder / file) for key, file, _ in latest if file and key.startswith(prefix)
        ]

    def all(self) -> list[ObjectVersion]:
        """Return every version of every object, by bucket and key, the oldest first."""
        with self._database.transaction() as connection:
            return self._rows(connection, "true")

    def _rows(self, connection: Any, where: str, *values: str) -> list[ObjectVersion]:
        rows = connection.execute(
            "SELECT bucket, key, file, etag, last_modified, details, version FROM versions "  # noqa: S608
            f"WHERE {where} ORDER BY bucket, key, number",
            values,
        )
        return [
            ObjectVersion(
                bucket, key, self._folder / file if file else None, etag, modified, json.loads(details), version
            )
            for bucket, key, file, etag, modified, details, version in rows
        ]


def _make_tables(connection: Any) -> None:
    """Make them, or those of an earlier format into them: format 1 knew one version of an object, in `objects`."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "buckets" not in tables:
        connection.execute("CREATE TABLE buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created REAL NOT NULL)")
    if "versions" not in tables:
        connection.execute("ALTER TABLE buckets ADD COLUMN versioning TEXT")
        connection.execute(
            "CREATE TABLE versions (number INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL, "
            "version TEXT NOT NULL, file TEXT, etag TEXT NOT NULL, last_modified REAL NOT NULL, details TEXT NOT NULL, "
            "UNIQUE (bucket, key, version))"
        )
    if "objects" in tables:
        connection.execute(
            "INSERT INTO versions (bucket, key, version, file, etag, last_modified, details) "
            "SELECT bucket, key, 'null', file, etag, last_modified, details FROM objects"
        )
        connection.execute("DROP TABLE objects")


def _put(connection: Any, stored: ObjectVersion, known: ObjectVersion | None) -> None:
    """Write a row. The same content with other details keeps its place among the versions; a new one is the latest."""
    details = json.dumps(stored.details)
    if known and known.path == stored.path and stored.path:
        connection.execute(
            "UPDATE versions SET etag = ?, last_modified = ?, details = ? WHERE bucket = ? AND key = ? AND version = ?",
            (stored.etag, stored.last_modified, details, stored.bucket, stored.key, stored.version),
        )
        return
    if known:
        _remove(connection, known)
    file = stored.path.name if stored.path else None
    connection.execute(
        "INSERT INTO versions (bucket, key, version, file, etag, last_modified, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stored.bucket, stored.key, stored.version, file, stored.etag, stored.last_modified, details),
    )


def _remove(connection: Any, stored: ObjectVersion) -> None:
    connection.execute(
        "DELETE FROM versions WHERE bucket = ? AND key = ? AND version = ?", (stored.bucket, stored.key, stored.version)
    )


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
