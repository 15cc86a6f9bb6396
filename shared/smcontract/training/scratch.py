"""A folder for what a job keeps on disk while it runs: copies of its data, in a form that is faster to read."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smcontract.paths import Paths

_PREFIX = ".scratch-"


@contextmanager
def scratch_folder(paths: Paths) -> Iterator[Path]:
    """Yield an empty folder on the volume of the job: /tmp may be small. It goes at the end, and after an error."""
    place = paths.failure.parent
    place.mkdir(parents=True, exist_ok=True)
    for abandoned in place.glob(f"{_PREFIX}*"):
        shutil.rmtree(abandoned)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
