"""moto's S3 over files. moto keeps contents in memory or in temporary files and offers no storage of its own, so its
classes are replaced by subclasses: a content is a file, and the backend tells which objects a request touches.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.s3 import models
from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML, NoSuchUpload
from moto.s3.models import FakeKey, FakeMultipart, MultipartChecksumBuilder, S3Backend, s3_backends

from emulator.api.errors import not_implemented
from emulator.aws.content import Content, Written, chunks, read, write
from emulator.aws.shelf import Bucket, Shelf


def install(shelf: Shelf, touch: Callable[[tuple[str, str]], None], take: Callable[[Any], Any]) -> None:
    """Let moto use the classes below. `touch` is told bucket and key of every object that a request may change; `take`
    may replace the content that moto has read.
    """
    new_path = {"new_path": staticmethod(shelf.new_path)}
    models.FakeKey = type("Key", (Key,), new_path)
    models.FakeMultipart = type("Multipart", (Multipart,), new_path)
    members = {"shelf": shelf, "touch": staticmethod(touch), "take": staticmethod(take)}
    s3_backends.backend = type("Backend", (Backend,), members)


class Key(FakeKey):  # type: ignore[misc]  # moto is not followed
    """An object, or a part of one, whose content is a file: the shelf's when `kept`, else removed with the key."""

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
        if not isinstance(new, Written):
            new = write(self.new_path(), new if isinstance(new, Content) else [new])
        self.file, self.contentsize = new.path, new.size
        self._etag = self._etag or new.md5

    def dispose(self, garbage: bool = False) -> None:
        self.disposed = True
        if not self.kept:
            self.file.unlink(missing_ok=True)


class Multipart(FakeMultipart):  # type: ignore[misc]
    """An upload in parts, put together from file to file."""

    new_path: Callable[[], Path]

    def __new__(cls, *_: Any, **__: Any) -> "Multipart":
        return object.__new__(cls)

    def complete(self, body: Iterator[tuple[int, str]]) -> tuple[Written, str, tuple[str, str, int] | None]:
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

    shelf: Shelf
    touch: Callable[[tuple[str, str]], None]
    take: Callable[[Any], Any]

    def put_object(self, bucket_name: str, key_name: str, value: Any, *rest: Any, **more: Any) -> Any:
        self.touch((bucket_name, key_name))
        with self._taken(value) as content:
            return super().put_object(bucket_name, key_name, content, *rest, **more)

    def delete_object(self, bucket_name: str, key_name: str, *rest: Any, **more: Any) -> Any:
        self.touch((bucket_name, key_name))
        return super().delete_object(bucket_name, key_name, *rest, **more)

    def put_object_tagging(self, key: Any, tags: Any) -> Any:
        self.touch((key.bucket_name, key.name))
        return super().put_object_tagging(key, tags)

    def delete_object_tagging(self, bucket_name: str, key_name: str, *rest: Any, **more: Any) -> Any:
        self.touch((bucket_name, key_name))
        return super().delete_object_tagging(bucket_name, key_name, *rest, **more)

    def upload_part(self, bucket_name: str, multipart_id: str, part_id: int, value: Any) -> Any:
        self._upload(bucket_name, multipart_id)
        with self._taken(value) as content:
            return super().upload_part(bucket_name, multipart_id, part_id, content)

    def upload_part_copy(self, dest_bucket_name: str, multipart_id: str, *rest: Any, **more: Any) -> Any:
        self._upload(dest_bucket_name, multipart_id)
        return super().upload_part_copy(dest_bucket_name, multipart_id, *rest, **more)

    def complete_multipart_upload(self, bucket_name: str, multipart_id: str, body: Any) -> Any:
        self._upload(bucket_name, multipart_id)
        return super().complete_multipart_upload(bucket_name, multipart_id, body)

    def create_bucket(self, bucket_name: str, region_name: str, *rest: Any, **more: Any) -> Any:
        created = super().create_bucket(bucket_name, region_name, *rest, **more)
        self.shelf.add_bucket(Bucket(bucket_name, region_name, created.creation_date.timestamp()))
        return created

    def delete_bucket(self, bucket_name: str) -> Any:
        deleted = super().delete_bucket(bucket_name)
        if deleted:
            self.shelf.remove_bucket(bucket_name)
        return deleted

    def put_bucket_versioning(self, bucket_name: str, status: str) -> None:
        raise not_implemented("Versioning of a bucket")

    def put_object_lock_configuration(self, bucket_name: str, *rest: Any, **more: Any) -> None:
        raise not_implemented("Locking of objects")

    def select_object_content(self, *rest: Any, **more: Any) -> Any:
        raise not_implemented("SelectObjectContent", "read the object")

    @contextmanager
    def _taken(self, value: Any) -> Iterator[Any]:
        content = self.take(value)
        try:
            yield content
        except BaseException:
            if isinstance(content, Written):
                content.path.unlink(missing_ok=True)
            raise

    def _upload(self, bucket: str, upload: str) -> None:
        if upload not in self.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id=upload)
