"""The words whose vectors lie nearest, read from the model.tar.gz of a word-vector job. Plain Python, no library."""

import math
import tarfile
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import mul
from pathlib import Path
from typing import IO

from examples.launching import LaunchError

FILE = "vectors.txt"
MOST_FREQUENT = 10_000  # the file is in the order of frequency: neighbours are looked for among these


def nearest(model: Path, words: Sequence[str], count: int) -> dict[str, list[str]]:
    """Each of `words` that has a vector -> the `count` words nearest to it by cosine, the nearest first."""
    with tarfile.open(model) as archive:
        file = archive.extractfile(FILE) if FILE in archive.getnames() else None
        if file is None:
            raise LaunchError(f"{model} does not contain {FILE}: it is not the artefact of a word-vector job")
        vectors = dict(islice(_vectors(file), MOST_FREQUENT))
    found = {}
    for word in words:
        if word in vectors:
            likeness = {other: sum(map(mul, vectors[word], vectors[other])) for other in vectors if other != word}
            found[word] = sorted(likeness, key=likeness.__getitem__, reverse=True)[:count]
    return found


def _vectors(file: IO[bytes]) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Words and their vectors, each of length 1, after the line that says how many there are."""
    next(file, None)
    for line in file:
        word, *numbers = line.decode("utf-8").rstrip().split(" ")
        vector = tuple(map(float, numbers))
        length = math.hypot(*vector) or 1.0
        yield word, tuple(number / length for number in vector)
