"""S3: moto answers, a shelf keeps. What a request has changed is on the disk before the request is answered.

Objects are kept when moto has made its answer, since it sets an object's metadata after it has put it. Settings of
buckets, access rights, and uploads in parts that are not complete are not kept; versions of objects are refused.
"""

import datetime
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeKey, s3_backends
from moto.utilities.utils import get_partition

from emulator.api.call import ACCOUNT
from emulator.aws import s3backend
from emulator.aws.content import Written, chunks, write
from emulator.aws.shelf import Shelf, Stored

log = logging.getLogger(__name__)

_CHECKSUM = ("checksum_algorithm", "checksum_type", "checksum_value", "checksum_parts")


class Objects:
    """S3 from within: what SageMaker itself reads and writes there. moto runs on one thread at a time: see `lock`."""

    def __init__(self, shelf: Shelf):
        self._shelf = shelf
        self.lock = threading.RLock()
        self._touched: set[tuple[str, str]] = set()
        self._incoming: Written | None = None
        s3backend.install(shelf, self._touched.add, self._take)
        for bucket in shelf.buckets():
            made = _backend(bucket.region).create_bucket(bucket.name, bucket.region)
            made.creation_date = datetime.datetime.fromtimestamp(bucket.created, datetime.UTC)
        for stored in shelf.all():
            self._restore(stored)

    @contextmanager
    def kept(self, incoming: Written | None = None) -> Iterator[None]:
        """What requests inside change is on the disk at the end. `incoming` is the body of one that has a content."""
        with self.lock:
            self._incoming = incoming
            self._touched.clear()
            try:
                yield
            finally:
                touched = sorted(self._touched)
                if self._incoming:  # nobody took it
                    self._incoming.path.unlink()
                    self._incoming = None
                try:
                    for place in touched:
                        self._keep(*place)
                except BaseException:
                    for place in touched:
                        self._undo(*place)
                    raise

    def new_path(self) -> Path:
        """Return where to write the body of a request, for `kept`."""
        return self._shelf.new_path()

    def bucket_exists(self, bucket: str) -> bool:
        """Whether there is such a bucket."""
        return bucket in s3_backends.bucket_accounts

    def find(self, bucket: str, prefix: str) -> list[Stored]:
        """Return the objects whose keys begin with `prefix`, in S3's order. Their files are to be read only."""
        return self._shelf.find(bucket, prefix)

    def put(self, bucket: str, key: str, content: Path | Iterable[bytes]) -> None:
        """Copy a file, or its content in pieces, into a bucket; it is on the disk when this returns."""
        with self.kept(write(self.new_path(), chunks(content) if isinstance(content, Path) else content)):
            _backend_of(bucket).put_object(bucket, key, b"")

    def _take(self, value: Any) -> Any:
        """The content that came with the request, in place of the empty body that moto saw."""
        taken, self._incoming = self._incoming, None
        return taken or value

    def remove(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there."""
        with self.kept():
            _backend_of(bucket).delete_object(bucket, key)

    def _keep(self, bucket: str, key: str) -> None:
        found = self._current(bucket, key)
        if found is None:
            self._shelf.remove(bucket, key)
            return
        modified = found.last_modified.replace(tzinfo=datetime.UTC).timestamp()  # moto has UTC without saying so
        details = {
            "metadata": dict(found.metadata),
            "tags": _backend_of(bucket).tagger.get_tag_dict_for_resource(found.arn),
            "put": {"storage": found.storage_class, "encryption": found.encryption, "kms_key_id": found.kms_key_id},
            "checksum": {name: getattr(found, name) for name in _CHECKSUM},
        }
        self._shelf.put(Stored(bucket, key, found.file, found.etag.strip('"'), modified, details))
        found.kept = True

    def _undo(self, bucket: str, key: str) -> None:
        """What could not be kept has not happened."""
        stored = self._shelf.get(bucket, key)
        if stored:
            self._restore(stored)
        elif self._current(bucket, key):
            _backend_of(bucket).get_bucket(bucket).keys.pop(key).dispose()

    def _current(self, bucket: str, key: str) -> Any:
        try:
            found = _backend_of(bucket).get_bucket(bucket).keys.get(key)
        except MissingBucket:
            return None
        return found if isinstance(found, FakeKey) else None

    def _restore(self, stored: Stored) -> None:
        try:
            content = Written(stored.path, stored.path.stat().st_size, stored.etag)
        except FileNotFoundError:
            log.error("s3://%s/%s is lost: %s is gone", stored.bucket, stored.key, stored.path)
            self._shelf.remove(stored.bucket, stored.key)
            return
        backend = _backend_of(stored.bucket)
        key = backend.put_object(stored.bucket, stored.key, content, etag=stored.etag, **stored.details["put"])
        key.kept = True
        key.set_metadata(stored.details["metadata"], replace=True)
        key.last_modified = datetime.datetime.fromtimestamp(stored.last_modified, datetime.UTC).replace(tzinfo=None)
        backend.put_object_tagging(key, stored.details["tags"])
        for name, value in stored.details["checksum"].items():
            setattr(key, name, value)


def _backend(region: str) -> Any:
    return s3_backends[ACCOUNT][get_partition(region)]


def _backend_of(bucket: str) -> Any:
    """The backend of the partition in which the bucket is; of the first one when there is no such bucket."""
    partition, account = s3_backends.bucket_accounts.get(bucket, ("aws", ACCOUNT))
    return s3_backends[account][partition]
