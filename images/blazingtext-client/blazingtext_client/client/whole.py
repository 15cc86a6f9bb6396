"""Files that are written whole or not at all. Knows nothing of what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smcontract import files
from smcontract.errors import UserError


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Yield another name to write to, which becomes `path` at the end; it is removed if anything goes wrong.

    Raises UserError when the disk or the folder does not take the file, or another cannot be read meanwhile.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        yield temporary
        files.sync(temporary)
        temporary.replace(path)
    except OSError as error:
        is_other = error.filename is not None and Path(error.filename) != temporary
        what = f"read {error.filename}" if is_other else f"write {path}"
        raise UserError(f"cannot {what}: {error.strerror or error}; check the file, its folder and the disk") from error
    finally:
        with suppress(OSError):  # such as one that the sentence above is about
            temporary.unlink(missing_ok=True)
