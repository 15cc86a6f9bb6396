"""Places in S3 as requests name them, and the files that stand there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from emulator.api.errors import ApiError, invalid
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError

MAX_NAME_BYTES = 255  # of a file, on all of Linux's usual file systems


@dataclass(frozen=True)
class Location:
    """A bucket, and the beginning of keys in it."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def below(self, *parts: str) -> "Location":
        """Return the place below this one.

        Example:
            >>> str(Location("b", "models/").below("job", "output"))
            's3://b/models/job/output'
        """
        return Location(self.bucket, "/".join([*([self.prefix.removesuffix("/")] if self.prefix else []), *parts]))


def parse(uri: str, member: str) -> Location:
    """Return the place that an S3Uri means; raises ApiError that names the request's member for any but s3://.

    Example:
        >>> parse("s3://b/a/key", "S3Uri")
        Location(bucket='b', prefix='a/key')
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise invalid(f"{member} is {uri!r}: give an s3:// URI")
    return Location(bucket, prefix)


def require_bucket(objects: Objects, uri: str, member: str) -> Location:
    """Return the place, in a bucket that there is; raises ApiError."""
    location = parse(uri, member)
    if not objects.bucket_exists(location.bucket):
        raise invalid(f"{member} is {uri}, but the bucket {location.bucket!r} does not exist: create it first")
    return location


def require_objects(objects: Objects, source: Mapping[str, Any], role: str, region: str) -> None:
    """Raise ApiError, worded as on AWS, when an S3DataSource finds nothing.

    For a manifest that is the manifest itself; what it lists is looked for when the job starts.
    """
    location = parse(source["S3Uri"], "S3Uri")
    if not objects.find(location.bucket, location.prefix):
        missing = "" if objects.bucket_exists(location.bucket) else " Error message from S3: the bucket does not exist"
        raise invalid(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({region}), that objects exist under that S3 prefix, and that the "
            f'role "{role}" has "s3:ListBucket" permissions on bucket "{location.bucket}".{missing}'
        )


def files(objects: Objects, source: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files of an S3DataSource (S3DataType S3Prefix or ManifestFile), by the names a container sees.

    A name is the key without the prefix; marks of empty folders (keys that end with /) are left out. Raises
    EmulatorError for a missing or malformed manifest, what it lists and is not there, and keys that cannot be files
    of one folder.
    """
    location = parse(source["S3Uri"], "S3Uri")
    find = _read_manifest if source["S3DataType"] == "ManifestFile" else _list_prefix
    named = find(objects, location)
    for name in named:
        if problem := problem_of(name):
            raise EmulatorError(f"{location} holds {name!r}, {problem}: rename that object")
        for folder in PurePosixPath(name).parents:
            if str(folder) in named:
                raise EmulatorError(f"{location} holds {name!r} and {str(folder)!r}, a file below a file: rename one")
    return named


def problem_of(name: str) -> str | None:
    """Return why a name cannot be that of a file in a folder, if it cannot. To S3, keys are names without structure.

    Example:
        >>> problem_of("a/../b"), problem_of("a//b"), problem_of("a/b")
        ('a name that leads outside the channel', 'a name with an empty part, which a file cannot have', None)
    """
    parts = name.split("/")
    if ".." in parts:
        return "a name that leads outside the channel"
    if "" in parts or "." in parts:
        return "a name with an empty part, which a file cannot have"
    if "\0" in name or any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        return f"a name with a null character, or a part above {MAX_NAME_BYTES} bytes, which a file cannot have"
    return None


def _list_prefix(objects: Objects, location: Location) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for each in objects.find(location.bucket, location.prefix):
        name = _name(each.key, location.prefix)
        if name in named:
            raise EmulatorError(f"{location} holds two objects that would both be the file {name!r}: rename one")
        if not each.key.endswith("/"):
            named[name] = each.path
    return named


def _name(key: str, prefix: str) -> str:
    """From the prefix on; a prefix that ends within a name does not cut the name.

    Example:
        >>> _name("data/train/a.csv", "data/train"), _name("data/train/a.csv", "data/tr"), _name("a.csv", "a.csv")
        ('a.csv', 'train/a.csv', 'a.csv')
        >>> _name("data//a.csv", "data//"), _name("data//a.csv", "data")
        ('a.csv', '/a.csv')
    """
    folder = prefix if prefix.endswith("/") else f"{prefix}/"
    return key[len(folder) :] if key.startswith(folder) else key[prefix.rfind("/") + 1 :]


def _read_manifest(objects: Objects, location: Location) -> dict[str, Path]:
    """What a manifest lists: `[{"prefix": "s3://bucket/folder/"}, "key", ...]`, the keys relative to the prefix."""
    manifest = {found.key: found.path for found in objects.find(location.bucket, location.prefix)}.get(location.prefix)
    if manifest is None:
        raise EmulatorError(f"NoSuchKey: the manifest {location} does not exist")
    try:
        head, *keys = json.loads(manifest.read_text())
        if not all(isinstance(text, str) for text in (head["prefix"], *keys)):
            raise TypeError
        start = parse(head["prefix"], "the manifest's prefix")
    except (ApiError, ValueError, TypeError, KeyError):
        raise EmulatorError(
            f'{location} is not a manifest: write a JSON array of {{"prefix": "s3://..."}} and keys below it'
        ) from None
    there = {found.key: found.path for found in objects.find(start.bucket, start.prefix)}
    for key in keys:
        if start.prefix + key not in there:
            raise EmulatorError(f"NoSuchKey: {location} lists {start}{key}, which does not exist")
    return {key: there[start.prefix + key] for key in keys}
