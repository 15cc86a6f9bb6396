"""Files out of a training job's output.tar.gz. It may be any image's: nothing of it is unpacked to disk."""

import tarfile
import tempfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from driver.aws import s3
from driver.aws.target import Target

MOST_BYTES = 2**28
"""Of a file that is read: a million predictions of headlines."""


def read(target: Target, description: Mapping[str, Any], names: Collection[str]) -> dict[str, bytes]:
    """Return those of the named files that there are, by name; none where the job left no readable archive.

    Raises DriverError when S3 refuses.
    """
    model = description.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    uri = f"{model.rpartition('/')[0]}/output.tar.gz"
    found: dict[str, bytes] = {}
    if not model or not list(s3.list_keys(target, uri)):
        return found
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output.tar.gz"
        s3.fetch(target, uri, path)
        try:
            with tarfile.open(path, "r:gz") as archive:
                for member in archive:
                    name = member.name.removeprefix("./")
                    if member.isfile() and name in names and member.size <= MOST_BYTES:
                        file = archive.extractfile(member)
                        found.setdefault(name, file.read() if file else b"")
                    if len(found) == len(names):
                        break
        except (tarfile.TarError, zlib.error, EOFError, OSError):
            return found
    return found
