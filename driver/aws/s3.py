"""Objects in S3: downloads that are whole or not there, and the deletion of all below a prefix."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from driver.aws import calls
from driver.aws.target import Target
from driver.errors import DriverError
from driver.requests.addresses import location

BATCH = 1000
"""Keys of one DeleteObjects: AWS's limit."""


def below(target: Target, uri: str) -> Iterator[str]:
    """Yield the keys below an S3 URI, in their order."""
    bucket, prefix = location(uri)
    for page in calls.pages(target.client("s3"), "ListObjectsV2", {"Bucket": bucket, "Prefix": prefix}, f"list {uri}"):
        yield from (entry["Key"] for entry in page.get("Contents", []))


def download(target: Target, uri: str, folder: Path) -> list[Path]:
    """Write all objects below an S3 URI to files, by their names below it; the paths, in order. Raises DriverError."""
    bucket, prefix = location(uri)
    paths = []
    for key in below(target, uri):
        name = PurePosixPath(key.removeprefix(prefix).lstrip("/"))
        if not name.parts or ".." in name.parts:
            continue
        paths.append(folder / name)
        fetch(target, f"s3://{bucket}/{key}", paths[-1])
    return paths


def fetch(target: Target, uri: str, path: Path) -> None:
    """Write an object to a file, whole or not at all. Raises DriverError when S3 or the disk does not do it."""
    bucket, key = location(uri)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file, calls.explained(f"download {uri}"):
            target.client("s3").download_fileobj(bucket, key, file)
        temporary.replace(path)
    except OSError as error:
        raise DriverError(f"cannot write {path}: {error.strerror}; check folder and disk") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def delete(target: Target, uri: str) -> int:
    """Delete all objects below an S3 URI; how many there were. Raises DriverError."""
    bucket, _ = location(uri)
    keys = list(below(target, uri))
    for start in range(0, len(keys), BATCH):
        batch = {"Objects": [{"Key": key} for key in keys[start : start + BATCH]], "Quiet": True}
        answer = target.call("s3", "DeleteObjects", {"Bucket": bucket, "Delete": batch}, f"delete what is below {uri}")
        if errors := answer.get("Errors"):
            raise DriverError(f"cannot delete s3://{bucket}/{errors[0]['Key']}: {errors[0].get('Message')}")
    return len(keys)
