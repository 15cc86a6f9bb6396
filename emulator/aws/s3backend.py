"""moto's S3 over files. moto keeps contents in memory or in temporary files and offers no storage of its own, so its
classes are replaced by subclasses: a content is a file, and the backend tells which objects a request touches.

Versions are AWS's where moto's are not: it drops all of them when versioning is suspended, marks no key deleted that
is not there, and lists those of one millisecond in the wrong order.
"""

import datetime
import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from moto.core.utils import utcnow
from moto.s3 import models
from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML, NoSuchUpload
from moto.s3.models import (
    FakeBucket,
    FakeDeleteMarker,
    FakeKey,
    FakeMultipart,
    MultipartChecksumBuilder,
    S3Backend,
    s3_backends,
)

from emulator.aws import versions
from emulator.aws.content import Content, ContentFile, chunks, read, write
from emulator.state.objects import Bucket, ObjectStore

MAX_KEYS = 1000  # of a page, as on AWS


def install(store: ObjectStore, touch: Callable[[tuple[str, str]], None], take: Callable[[Any], Any]) -> None:
    """Let moto use the classes below. `touch` gets bucket and key of every object that a request may change; `take`
    may replace the content that moto has read.
    """
    new_path = {"new_path": staticmethod(store.new_path)}
    models.FakeKey = type("Key", (Key,), new_path)
    models.FakeBucket = VersionedBucket
    models.FakeMultipart = type("Multipart", (Multipart,), new_path)
    members = {"store": store, "touch": staticmethod(touch), "take": staticmethod(take)}
    s3_backends.backend = type("Backend", (Backend,), members)


class Key(FakeKey):  # type: ignore[misc]  # moto is not followed
    """An object, or a part of one, whose content is a file: the store's when `kept`, else removed with the key."""

    new_path: Callable[[], Path]
    file: Path
    kept = False
    _etag: str | None

    def __new__(cls, *_: Any, **__: Any) -> "Key":
        return object.__new__(cls)  # moto's own remembers every key that there ever was

    @property
    def value(self) -> Any:
        return read(self.file)

    @value.setter
    def value(self, new: Any) -> None:
        self._value_buffer.close()  # moto's own, which stays empty
        if not isinstance(new, ContentFile):
            pieces = new if isinstance(new, Content) else [new.encode() if isinstance(new, str) else new]
            new = write(self.new_path(), pieces)
        self.file, self.contentsize = new.path, new.size
        self._etag = self._etag or new.md5

    def dispose(self, garbage: bool = False) -> None:
        self.disposed = True
        if not self.kept and "file" in vars(self):  # which a full disk prevents
            self.file.unlink(missing_ok=True)


class DeleteMarker(FakeDeleteMarker):  # type: ignore[misc]
    """What stands for a deleted object where versions are kept."""

    def __init__(self, bucket: str, name: str, version: str, modified: datetime.datetime | None = None):
        self.bucket_name, self.name, self._version_id = bucket, name, version
        self.last_modified = modified or utcnow()
        self.kept = True

    def dispose(self) -> None:
        """It has no content."""


class VersionedBucket(FakeBucket):  # type: ignore[misc]
    """A bucket that has versions, also where no new ones are made."""

    @property
    def is_versioned(self) -> bool:
        return self.versioning_status is not None


class Multipart(FakeMultipart):  # type: ignore[misc]
    """An upload in parts, put together from file to file."""

    new_path: Callable[[], Path]

    def __new__(cls, *_: Any, **__: Any) -> "Multipart":
        return object.__new__(cls)

    def complete(self, body: Iterator[tuple[int, str]]) -> tuple[ContentFile, str, tuple[str, str, int] | None]:
        parts = [self._part(number, etag.strip('"')) for number, etag in body]
        if not parts:
            raise MalformedXML
        if any(part.contentsize < models.S3_UPLOAD_PART_MIN_SIZE for part in parts[:-1]):
            raise EntityTooSmall
        etag = hashlib.md5(b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts), usedforsecurity=False)
        whole = write(self.new_path(), itertools.chain.from_iterable(chunks(part.file) for part in parts))
        return whole, f"{etag.hexdigest()}-{len(parts)}", self._checksum(parts)

    def _part(self, number: int, etag: str) -> Any:
        part = self.parts.get(number)
        if part is None or part.etag.strip('"') != etag:
            raise InvalidPart
        return part

    def _checksum(self, parts: list[Any]) -> tuple[str, str, int] | None:
        """A checksum of the parts' checksums. One of the whole would need a library for most algorithms."""
        algorithm = self.metadata.get("x-amz-checksum-algorithm")
        if not algorithm or self.metadata.get("x-amz-checksum-type", "COMPOSITE") != "COMPOSITE":
            return None
        builder = MultipartChecksumBuilder(algorithm, "COMPOSITE")
        for part in parts:
            builder.addPart(part.value)
        return builder.build()  # type: ignore[no-any-return]


class Backend(S3Backend):  # type: ignore[misc]
    """Takes down the touched objects, and keeps buckets at once."""

    store: ObjectStore
    touch: Callable[[tuple[str, str]], None]
    take: Callable[[Any], Any]

    def put_object(self, bucket_name: str, key_name: str, value: Any, *rest: Any, **more: Any) -> Any:
        self.touch((bucket_name, key_name))
        bucket = self.get_bucket(bucket_name)
        with self._taking(value) as content:
            put = super().put_object(bucket_name, key_name, content, *rest, **more)
        if bucket.versioning_status == "Suspended":
            others = _without(bucket.keys.getlist(key_name), "null")
            put._version_id = "null"
            bucket.keys.setlist(key_name, others)
        return put

    def delete_object(
        self, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        self.touch((bucket_name, key_name))
        bucket = self.get_bucket(bucket_name)
        enabled = bucket.versioning_status == "Enabled"
        versions = bucket.keys.getlist(key_name, [])
        gone = version_id or (None if enabled else "null")
        left = _without(versions, gone)
        told: dict[str, Any] = {"version-id": version_id} if version_id else {}
        if version_id is None and bucket.is_versioned:
            marker = DeleteMarker(bucket_name, key_name, str(uuid.uuid4()) if enabled else "null")
            left.append(marker)
            told = {"version-id": marker.version_id, "delete-marker": "true"}
        elif any(isinstance(each, DeleteMarker) and each.version_id == gone for each in versions):
            told["delete-marker"] = "true"
        self.set_versions(bucket_name, key_name, left)
        return True, told

    def set_versions(self, bucket_name: str, key_name: str, versions: list[Any]) -> None:
        """Make these, the oldest first, all that there is under a key."""
        bucket = self.get_bucket(bucket_name)
        bucket.keys.setlist(key_name, versions)
        if not versions:
            bucket.keys.pop(key_name)

    def key(self, bucket_name: str, key_name: str, content: ContentFile, version: str, **put: Any) -> Any:
        """Return a version of an object that is nowhere yet."""
        return models.FakeKey(
            key_name,
            content,
            account_id=self.account_id,
            region_name=self.region_name,
            etag=content.md5,
            is_versioned=self.get_bucket(bucket_name).is_versioned,
            version_id=version,
            bucket_name=bucket_name,
            **put,
        )

    def list_object_versions(
        self,
        bucket_name: str,
        delimiter: str | None = None,
        key_marker: str | None = None,
        max_keys: int | None = None,
        prefix: str = "",
        version_id_marker: str | None = None,
    ) -> tuple[list[Any], list[str], list[Any], str | None, str | None]:
        keys = self.get_bucket(bucket_name).keys
        limit = min(MAX_KEYS if max_keys is None else max_keys, MAX_KEYS)
        wanted = (name for name in sorted(keys) if name.startswith(prefix))
        entries = versions.entries(keys, wanted, prefix, delimiter)
        if version_id_marker in _ids(keys.getlist(key_marker, [])) or not version_id_marker:
            entries = versions.after(entries, key_marker, version_id_marker)
        else:  # it was deleted since, and so perhaps was all before it: what is left of its key is not passed over
            entries = (entry for entry in entries if entry.name >= (key_marker or ""))
        page = list(itertools.islice(entries, limit + 1))
        more = page[limit - 1] if 0 < limit < len(page) else None
        found = [entry.version for entry in page[:limit] if entry.version]
        return (
            [version for version in found if isinstance(version, Key)],
            [entry.name for entry in page[:limit] if not entry.version],
            [version for version in found if isinstance(version, DeleteMarker)],
            more.name if more else None,
            more.version.version_id if more and more.version else None,
        )

    def put_object_tagging(self, key: Any, tags: Any) -> Any:
        self.touch((key.bucket_name, key.name))
        return super().put_object_tagging(key, tags)

    def delete_object_tagging(self, bucket_name: str, key_name: str, *rest: Any, **more: Any) -> Any:
        self.touch((bucket_name, key_name))
        return super().delete_object_tagging(bucket_name, key_name, *rest, **more)

    def upload_part(self, bucket_name: str, multipart_id: str, part_id: int, value: Any) -> Any:
        self._upload(bucket_name, multipart_id)
        with self._taking(value) as content:
            return super().upload_part(bucket_name, multipart_id, part_id, content)

    def upload_part_copy(self, dest_bucket_name: str, multipart_id: str, *rest: Any, **more: Any) -> Any:
        self._upload(dest_bucket_name, multipart_id)
        return super().upload_part_copy(dest_bucket_name, multipart_id, *rest, **more)

    def complete_multipart_upload(self, bucket_name: str, multipart_id: str, body: Any) -> Any:
        self._upload(bucket_name, multipart_id)
        return super().complete_multipart_upload(bucket_name, multipart_id, body)

    def log_incoming_request(self, request: Any, bucket_name: str) -> None:
        """Write an access log's line: of what the client asked for, where moto's routes were told less."""
        url = urljoin(request.host_url, request.environ["RAW_URI"])
        super().log_incoming_request(
            SimpleNamespace(method=request.method, url=url, headers=request.headers), bucket_name
        )

    def create_bucket(self, bucket_name: str, region_name: str, *rest: Any, **more: Any) -> Any:
        created = super().create_bucket(bucket_name, region_name, *rest, **more)
        self._keep_bucket(created)
        return created

    def delete_bucket(self, bucket_name: str) -> Any:
        deleted = super().delete_bucket(bucket_name)
        if deleted:
            self.store.remove_bucket(bucket_name)
        return deleted

    def put_bucket_versioning(self, bucket_name: str, status: str | None) -> None:
        super().put_bucket_versioning(bucket_name, status)
        self._keep_bucket(self.get_bucket(bucket_name))

    def _keep_bucket(self, bucket: Any) -> None:
        created = bucket.creation_date.timestamp()
        self.store.add_bucket(Bucket(bucket.name, bucket.region_name, created, bucket.versioning_status))

    @contextmanager
    def _taking(self, value: Any) -> Iterator[Any]:
        content = self.take(value)
        try:
            yield content
        except BaseException:
            if isinstance(content, ContentFile):
                content.path.unlink(missing_ok=True)
            raise

    def _upload(self, bucket: str, upload: str) -> None:
        if upload not in self.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id=upload)


def _without(versions: list[Any], version: str | None) -> list[Any]:
    return [each for each in versions if each.version_id != version]


def _ids(versions: list[Any]) -> list[str]:
    return [each.version_id for each in versions]
