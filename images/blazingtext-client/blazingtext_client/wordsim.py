"""How well word vectors agree with people's judgement of pairs of words: the files of pairs, and Spearman's rho.

Follows the public evaluator of word vectors whose results BlazingText reports. Reads no vectors.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import AlgorithmError, UserError
from smcontract.training.job import Channel
from textprep.textfile import open_text

Pairs = Sequence[tuple[str, str, float]]
"""Two words in lower case, and how similar people found them."""

SHIPPED = "EN-WS-353-ALL.txt"
"""BlazingText's name of the one set that is at hand without an `evaluation` channel."""

LARGEST = 16 * 2**20
"""Bytes of a file of pairs; WordSim-353 has 10,000."""


def shipped() -> dict[str, Pairs]:
    """Return WordSim-353 as gensim's wheel has it: all its pairs, without the two halves REL and SIM.

    gensim itself is not imported, and in the image nothing else is left of it.
    """
    spec = find_spec("gensim")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder, "test", "test_data", "wordsim353.tsv")
        if file.is_file():
            return {SHIPPED: parse(file.read_text(encoding="utf-8"), file.name)}
    raise AlgorithmError("WordSim-353, a file of gensim's, is missing from this image: set evaluation to False")


def read(channel: Channel) -> dict[str, Pairs]:
    """Return the sets of a channel by the names of their files. Raises UserError when one cannot be read."""
    return {path.name: _read(path) for path in channel.files()}


def parse(text: str, name: str) -> Pairs:
    """Return the pairs of a text: two words and a number a line, separated by tabs, commas or spaces.

    A first line without a number is a heading; blank lines and those that begin with # are skipped. Raises UserError.

    Example:
        >>> parse("Word 1,Word 2,Human (mean)\\nTiger,cat,7.35\\n", "pairs.csv")
        [('tiger', 'cat', 7.35)]
    """
    pairs: list[tuple[str, str, float]] = []
    content = [(number, line.strip().lower()) for number, line in enumerate(text.splitlines(), 1)]
    content = [(number, line) for number, line in content if line and not line.startswith("#")]
    for position, (number, line) in enumerate(content):
        separator = next((sign for sign in ("\t", ",") if sign in line), None)
        fields = [field.strip() for field in line.split(separator)]
        try:
            first, second, score = fields
            pairs.append((first, second, _finite(score)))
        except ValueError:
            if position == 0 and not any(map(_is_number, fields)):
                continue
            raise UserError(f"{name} line {number} is not two words and a number: {line[:60]!r}; correct it") from None
    if not pairs:
        raise UserError(f"{name} contains no word pairs: each line must be two words and a number")
    return pairs


def evaluate(sets: Mapping[str, Pairs], vector: Callable[[str], NDArray[np.float32] | None]) -> dict[str, Any]:
    """Return what BlazingText writes to eval.json; `vector` gives the vector of a word, or None.

    For each set: `total_pairs`, `not_found` (pairs of which a word is unknown) and `spearmans_rho`; and `mean_rho`.
    """
    result: dict[str, Any] = {name: _one(pairs, vector) for name, pairs in sets.items()}
    return {**result, "mean_rho": sum(one["spearmans_rho"] for one in result.values()) / len(result)}


def _one(pairs: Pairs, vector: Callable[[str], NDArray[np.float32] | None]) -> dict[str, float | int]:
    people: dict[tuple[str, str], float] = {}
    machine: dict[tuple[str, str], float] = {}
    not_found = 0
    for first, second, score in pairs:
        a, b = vector(first), vector(second)
        if a is None or b is None:
            not_found += 1
            continue
        people[first, second] = score  # a pair that comes twice counts once, with its last score
        machine[first, second] = _cosine(a, b)
    rho = _spearman(list(people.values()), list(machine.values()))
    return {"not_found": not_found, "spearmans_rho": rho, "total_pairs": len(pairs)}


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    # float64, or the cosine of a word with itself would be one of several numbers near 1
    x, y = a.astype(np.float64), b.astype(np.float64)
    lengths = float(np.sqrt(x @ x) * np.sqrt(y @ y))
    return float(x @ y) / lengths if lengths else 0.0


def _spearman(first: list[float], second: list[float]) -> float:
    """Correlation of the ranks, ties with the mean of theirs; 0 where there are too few, or all are alike."""
    if len(first) < 2:
        return 0.0
    x, y = (ranks - ranks.mean() for ranks in (_ranks(first), _ranks(second)))
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread else 0.0


def _ranks(values: list[float]) -> NDArray[np.float64]:
    """The rank of each value, equal ones with the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def _read(path: Path) -> Pairs:
    with open_text(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{path.name} is larger than {LARGEST:,} bytes: is it a file of word pairs?")
    try:
        return parse(content.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name}: byte {error.start} is not UTF-8; convert the file to UTF-8") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _finite(text: str) -> float:
    number = float(text)
    if not np.isfinite(number):
        raise ValueError(text)
    return number
