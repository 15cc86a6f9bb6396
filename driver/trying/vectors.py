"""Neighbours of words, and of sums of words, among the vectors of a model.tar.gz."""

from __future__ import annotations

import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from driver.aws import resources, s3
from driver.aws.target import Target
from driver.errors import DriverError, quote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "vectors.txt"
MOST_WORDS = 100_000
"""Words that neighbours are looked for among; the file has the most frequent first."""

_TERM = re.compile("([-+\N{MINUS SIGN}]?)\\s*([^-+\N{MINUS SIGN}\\s]\\S*)")


@dataclass(frozen=True)
class Vectors:
    """Words, and a row for each, of length 1: float32, (words, dimensions)."""

    words: Sequence[str]
    rows: NDArray[np.float32]

    def near(self, vector: NDArray[np.float32], leaving_out: set[str], most: int = 10) -> list[tuple[str, float]]:
        """Return the `most` words nearest to a vector by cosine, the nearest first, with the cosine."""
        likeness = self.rows @ vector
        nearest = (-likeness).argsort()[: most + len(leaving_out)].tolist()
        return [
            (self.words[place], float(likeness[place])) for place in nearest if self.words[place] not in leaving_out
        ][:most]


def terms(text: str) -> list[tuple[int, str]]:
    """Return the words of a sum, with 1 for those that are added and -1 for those that are taken away.

    Example:
        >>> terms("king - man +woman"), terms("co-operative")
        ([(1, 'king'), (-1, 'man'), (1, 'woman')], [(1, 'co-operative')])
    """
    return [(-1 if sign in ("-", "\N{MINUS SIGN}") else 1, word) for sign, word in _TERM.findall(text)]


def total(signed: Sequence[tuple[int, str]], answers: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
    """Return the sum of the words' vectors, each first made of length 1. Raises DriverError for an unknown word."""
    import numpy as np

    found = np.asarray([answer["vector"] for answer in answers], np.float32)
    lengths = np.linalg.norm(found, axis=1)
    unknown = [word for (_, word), length in zip(signed, lengths, strict=True) if length == 0]
    if unknown:
        raise DriverError(f"the model has no vector for {quote(unknown[0])}: try another word, spelt as in its corpus")
    signs = np.asarray([sign for sign, _ in signed], np.float32)
    summed = (signs / lengths) @ found
    length = float(np.linalg.norm(summed))
    if length < 1e-6:
        raise DriverError("the words cancel each other out, and nothing is near to nothing: leave one out")
    result: NDArray[np.float32] = summed / np.float32(length)
    return result


def fetch(target: Target, endpoint: str) -> Vectors:
    """Return the vectors of the model that an endpoint serves. Raises DriverError when they cannot be read."""
    name = resources.describe(target, resources.ENDPOINT, endpoint)["EndpointConfigName"]
    variant = resources.describe(target, resources.CONFIG, name)["ProductionVariants"][0]
    model = resources.describe(target, resources.MODEL, variant["ModelName"])
    container: dict[str, Any] = model.get("PrimaryContainer") or next(iter(model.get("Containers", [])), {})
    uri = container.get("ModelDataUrl")
    if not uri:
        raise DriverError(f"the model of the endpoint {endpoint} has no ModelDataUrl, so its vectors cannot be read")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        s3.fetch(target, uri, path)
        return read(path)


def read(model: Path) -> Vectors:
    """Return the vectors of the most frequent words in a model.tar.gz. Raises DriverError when there are none."""
    import numpy as np

    words, rows = [], []
    try:
        with tarfile.open(model) as archive:
            file = archive.extractfile(FILE) if FILE in archive.getnames() else None
            if file is None:
                raise DriverError(f"the model has no {FILE}, so neighbours cannot be looked for: train it again")
            for word, numbers in _lines(file):
                words.append(word)
                rows.append(np.asarray(numbers, np.float32))
        matrix: NDArray[np.float32] = np.stack(rows)
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise DriverError(f"the model's {FILE} cannot be read ({error}): train the model again") from error
    lengths: NDArray[np.float32] = np.linalg.norm(matrix, axis=1, keepdims=True).astype(np.float32)
    lengths[lengths == 0] = 1
    return Vectors(words, matrix / lengths)


def _lines(file: IO[bytes]) -> Iterator[tuple[str, list[str]]]:
    """Yield words and their numbers, after the line that says how many there are."""
    next(file, None)
    for line in islice(file, MOST_WORDS):
        word, *numbers = line.decode("utf-8", "replace").rstrip().split(" ")
        yield word, numbers
