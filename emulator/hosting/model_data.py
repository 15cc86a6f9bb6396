"""What a model's record says of its container, and its data brought from S3 to a folder where it runs."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.aws import locations
from emulator.aws.s3 import Objects
from emulator.errors import EmulatorError


def container(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one container of a model's record."""
    found: Mapping[str, Any] = model["PrimaryContainer"] if "PrimaryContainer" in model else model["Containers"][0]
    return found


def fetch(objects: Objects, given: Mapping[str, Any], folder: Path) -> Path | None:
    """Return an archive or a folder with a container's model data, below `folder`; None when it has none.

    Raises EmulatorError when the data are not there.
    """
    if url := given.get("ModelDataUrl"):
        return _fetch_object(objects, url, folder / "model.tar.gz")
    source = given.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        return None
    uri = source["S3Uri"]
    if source["CompressionType"] == "Gzip":
        return _fetch_object(objects, uri, folder / "model.tar.gz")
    if source["S3DataType"] == "S3Object":
        name = uri.rsplit("/", 1)[-1]
        if problem := locations.problem_of(name):
            raise EmulatorError(f"{uri} ends with {name!r}, {problem}: rename that object")
        return _fetch_object(objects, uri, folder / "model" / name).parent
    found = locations.files(objects, source)
    if not found:
        raise EmulatorError(_missing(uri))
    for name, path in found.items():
        take(path, folder / "model" / name)
    return folder / "model"


def take(content: Path, target: Path) -> None:
    """Make the content of an object a file of another name, to be read only. Raises EmulatorError when it is gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(content, target)  # an object's file never changes: a new content is a new file
    except FileNotFoundError as error:
        raise EmulatorError(f"{target.name} was deleted from S3 while it was read") from error
    except OSError:  # no links here
        shutil.copyfile(content, target)


def _fetch_object(objects: Objects, uri: str, target: Path) -> Path:
    location = locations.parse(uri, "the model data's URI")
    for stored in objects.find(location.bucket, location.prefix):
        if stored.key == location.prefix:
            take(stored.path, target)
            return target
    raise EmulatorError(_missing(uri))


def _missing(uri: str) -> str:
    return f"Failed to download model data from {uri}: the object does not exist"
