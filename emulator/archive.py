"""model.tar.gz and output.tar.gz: packed to the same bytes from the same files, unpacked without trust.

Only regular files and folders: SageMaker hosting asks for archives without symbolic links.
"""

import gzip
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from emulator.errors import EmulatorError


def pack(folder: Path, archive: Path) -> None:
    """Write everything in `folder` to `archive`, without a wrapping folder: sorted, zero times, owner 0.

    Raises EmulatorError for anything that is neither a file nor a folder; `archive` appears whole or not at all.
    """
    part = archive.with_name(f".{archive.name}.part")
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for name, path in contents(folder):
                _add(tar, path, name)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)


def contents(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield files and folders below `folder` by name, sorted. Raises EmulatorError for anything else."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise EmulatorError(f"{name} is neither a file nor a folder: an archive may hold no links; write a copy")
        yield name, path


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    if path.is_dir():
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
        return
    member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
    member.size = path.stat().st_size
    with path.open("rb") as content:
        tar.addfile(member, content)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of `archive` into `folder`. EmulatorError for links, devices and names that lead outside."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                _extract(tar, member, folder, archive)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise EmulatorError(f"{archive} is not a whole tar.gz archive: {error}") from error


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, archive: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or not (member.isreg() or member.isdir()):
        raise EmulatorError(f"{archive} holds {member.name!r}, not a file or folder inside it: pack it without links")
    target = folder / name
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is not None:
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
        target.chmod(member.mode & 0o755)
