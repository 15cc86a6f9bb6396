"""S3: moto answers, an ObjectStore keeps. What a request has changed is on the disk before the request is answered.

Objects are kept, all versions of each, when moto has made its answer, since it sets an object's metadata after it has
put it. Settings of buckets but versioning, access rights, and uploads in parts that are not complete are not kept.
"""

import datetime
import itertools
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from emulator.api.call import ACCOUNT
from emulator.aws import s3backend
from emulator.aws.content import ContentFile, chunks, write
from emulator.aws.s3backend import DeleteMarker, Key
from emulator.state.objects import ObjectFile, ObjectStore, ObjectVersion

log = logging.getLogger(__name__)

_CHECKSUM = ("checksum_algorithm", "checksum_type", "checksum_value", "checksum_parts")


class Objects:
    """S3 from within: what SageMaker itself reads and writes there. moto runs on one thread at a time: see `lock`."""

    def __init__(self, store: ObjectStore):
        self._store = store
        self.lock = threading.RLock()
        self._touched: set[tuple[str, str]] = set()
        self._incoming: ContentFile | None = None
        s3backend.install(store, self._touched.add, self._take)
        for bucket in store.buckets():
            made = _backend(bucket.region).create_bucket(bucket.name, bucket.region)
            made.creation_date = datetime.datetime.fromtimestamp(bucket.created, datetime.UTC)
            _backend(bucket.region).put_bucket_versioning(bucket.name, bucket.versioning)
        for place, versions in itertools.groupby(store.all(), key=lambda stored: (stored.bucket, stored.key)):
            self._restore(*place, list(versions))

    @contextmanager
    def persisting(self, incoming: ContentFile | None = None) -> Iterator[None]:
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
        """Return where to write the body of a request, for `persisting`."""
        return self._store.new_path()

    def bucket_exists(self, bucket: str) -> bool:
        """Whether there is such a bucket."""
        return bucket in s3_backends.bucket_accounts

    def find(self, bucket: str, prefix: str) -> list[ObjectFile]:
        """Return the objects whose keys begin with `prefix`, in S3's order. Their files are to be read only."""
        return self._store.find(bucket, prefix)

    def put(self, bucket: str, key: str, content: Path | Iterable[bytes]) -> None:
        """Copy a file, or its content in pieces, into a bucket; it is on the disk when this returns."""
        with self.persisting(write(self.new_path(), chunks(content) if isinstance(content, Path) else content)):
            _backend_of(bucket).put_object(bucket, key, b"")

    def _take(self, value: Any) -> Any:
        """The content that came with the request, in place of the empty body that moto saw.

        moto writes objects of its own besides, such as those of an access log.
        """
        if value:
            return value
        taken, self._incoming = self._incoming, None
        return taken or value

    def remove(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there."""
        with self.persisting():
            _backend_of(bucket).delete_object(bucket, key)

    def _keep(self, bucket: str, key: str) -> None:
        versions = self._versions(bucket, key)
        self._store.keep(bucket, key, [_to_version(version) for version in versions])
        for version in versions:
            version.kept = True

    def _undo(self, bucket: str, key: str) -> None:
        """What could not be kept has not happened."""
        for version in self._versions(bucket, key):
            version.dispose()
        self._restore(bucket, key, self._store.versions(bucket, key))

    def _versions(self, bucket: str, key: str) -> list[Any]:
        """What moto has under a key, the oldest version first."""
        try:
            return list(_backend_of(bucket).get_bucket(bucket).keys.getlist(key, []))
        except MissingBucket:
            return []

    def _restore(self, bucket: str, key: str, versions: list[ObjectVersion]) -> None:
        there = [stored for stored in versions if stored.path is None or stored.path.exists()]
        for stored in versions:
            if stored not in there:
                log.error("s3://%s/%s is lost: %s is gone", bucket, key, stored.path)
        if len(there) < len(versions):
            self._store.keep(bucket, key, there)
        _backend_of(bucket).set_versions(bucket, key, [_to_key(stored) for stored in there])


def _to_version(version: Key | DeleteMarker) -> ObjectVersion:
    modified = version.last_modified.replace(tzinfo=datetime.UTC).timestamp()  # moto has UTC without saying so
    if isinstance(version, DeleteMarker):
        return ObjectVersion(version.bucket_name, version.name, None, "", modified, version=version.version_id)
    details = {
        "metadata": dict(version.metadata),
        "tags": _backend_of(version.bucket_name).tagger.get_tag_dict_for_resource(version.arn),
        "put": {"storage": version.storage_class, "encryption": version.encryption, "kms_key_id": version.kms_key_id},
        "checksum": {name: getattr(version, name) for name in _CHECKSUM},
    }
    etag = version.etag.strip('"')
    return ObjectVersion(version.bucket_name, version.name, version.file, etag, modified, details, version.version_id)


def _to_key(stored: ObjectVersion) -> Any:
    modified = datetime.datetime.fromtimestamp(stored.last_modified, datetime.UTC).replace(tzinfo=None)
    if stored.path is None:
        return DeleteMarker(stored.bucket, stored.key, stored.version, modified)
    backend = _backend_of(stored.bucket)
    content = ContentFile(stored.path, stored.path.stat().st_size, stored.etag)
    key = backend.key(stored.bucket, stored.key, content, stored.version, **stored.details["put"])
    key.kept = True
    key.set_metadata(stored.details["metadata"], replace=True)
    key.last_modified = modified
    backend.put_object_tagging(key, stored.details["tags"])
    for name, value in stored.details["checksum"].items():
        setattr(key, name, value)
    return key


def _backend(region: str) -> Any:
    return s3_backends[ACCOUNT][get_partition(region)]


def _backend_of(bucket: str) -> Any:
    """The backend of the partition in which the bucket is; of the first one when the bucket does not exist."""
    partition, account = s3_backends.bucket_accounts.get(bucket, ("aws", ACCOUNT))
    return s3_backends[account][partition]
