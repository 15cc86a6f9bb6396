"""Reads the IMDB reviews of Maas et al. 2011 (ai.stanford.edu/~amaas/data/sentiment): 25,000 for each half."""

import tarfile
from collections.abc import Iterator
from pathlib import Path


def read(imdb: Path, half: str) -> Iterator[tuple[str, str]]:
    """Yield label and text of every review of one half, `train` or `test`, from the archive or its unpacked folder."""
    if imdb.is_dir():
        for label in ("neg", "pos"):
            for path in sorted((imdb / half / label).glob("*.txt")):
                yield label, path.read_text(encoding="utf-8")
        return
    with tarfile.open(imdb) as archive:
        for member in archive:
            parts = Path(member.name).parts
            file = archive.extractfile(member)
            if file and parts[1:-1] in ((half, "neg"), (half, "pos")):
                yield parts[2], file.read().decode()
