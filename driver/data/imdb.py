"""Reads the IMDB reviews of Maas et al. 2011 (ai.stanford.edu/~amaas/data/sentiment): 25,000 for each half."""

import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from driver.data.files import write_halves
from driver.errors import DriverError

REVIEWS = 12_500
"""For each label of each half."""


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
            file = None if member.issparse() else archive.extractfile(member)  # holes can be larger than the memory
            if file and parts[1:-1] in ((half, "neg"), (half, "pos")):
                yield parts[2], file.read().decode()


def prepare(source: Path, folder: Path, reviews: int = REVIEWS) -> Mapping[str, int]:
    """Write both halves into `folder`; how many reviews each has. Raises DriverError when some are missing."""
    halves = {half: list(read(source, half)) for half in ("train", "test")}
    for half, rows in halves.items():
        found = Counter(label for label, _ in rows)
        if (found["neg"], found["pos"]) != (reviews, reviews):
            raise DriverError(
                f"{source} is not the whole Large Movie Review Dataset: its half {half} has {found['neg']:,} reviews "
                f"neg and {found['pos']:,} pos, and {reviews:,} of each were expected; get it again"
            )
    write_halves(halves["train"], halves["test"], folder, "reviews")
    return {f"reviews to {half}": len(rows) for half, rows in halves.items()}
