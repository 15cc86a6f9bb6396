r"""Reads and writes word vectors in word2vec's text format: a line `<words> <dimensions>`, then `word v1 v2 ...` each.

It reads as a stream and keeps the vectors of wanted words only, so that memory does not grow with the file. It does not
train vectors, and does not read word2vec's binary format or fastText's.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textprep.characters import nfc
from textprep.errors import DataError

MAX_LINE_BYTES = 2**20
"""Longest line: a word and 40,000 numbers fit. Without line ends, a file of another kind would be read whole."""

_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"([0-9]{1,15})[ \t]+([0-9]{1,9})\s*")
_UNPAIRED = re.compile("[\ud800-\udfff]")
_IN_NUMBERS = b"0123456789.eE+- "


class Vectors(NamedTuple):
    """Words in the order of the file, their vectors float32 (n_words, dim), all finite, and how many the file has."""

    words: list[str]
    matrix: NDArray[np.float32]
    n_read: int


def read_word2vec(file: IO[bytes], name: str, wanted: Collection[str] | None = None) -> Vectors:
    r"""Return the vectors of the words in `wanted` that the file has; of all its words without `wanted`.

    Wanted words are in the normal form NFC, as `tokens` gives them; a word of the file is one of them when its own NFC
    is. Where the file has a word in several forms, the vector of the NFC counts, else that of the first.
    `file` needs no seeking; `name` is for messages. Every line is checked for its number of columns, for characters
    that no number has and for UTF-8; lines of wanted words also for repetition and for numbers beyond float32.
    Blank lines are skipped. Raises `DataError`, naming file and line, for a file that is not exactly what its first
    line says.

    Example:
        >>> from io import BytesIO
        >>> vectors = read_word2vec(BytesIO(b"2 3\ngood 0.5 1 -2\nfilm 1 0 0\n"), "vectors.txt", {"good"})
        >>> vectors.words, vectors.matrix.tolist(), vectors.n_read
        (['good'], [[0.5, 1.0, -2.0]], 2)
    """
    lines = _lines(file, name)
    count, dim = _header(next(lines, b""), name)
    keys = None if wanted is None else {word.encode("utf-8", "surrogatepass") for word in wanted}
    found: dict[bytes, NDArray[np.float32]] = {}
    seen: set[bytes] = set()
    n_read = 0
    for number, line in enumerate(lines, start=2):
        if line.isspace():
            continue
        n_read += 1
        here = f"{name} line {number}"
        if n_read > count:
            raise DataError(f"{here}: the first line announces {count} words, but here is another line")
        word, _, rest = line.partition(b" ")
        numbers = rest.strip()
        if numbers.count(b" ") != dim - 1 or numbers.translate(None, _IN_NUMBERS) or b"  " in numbers or not numbers:
            numbers = _normalise(word, numbers, dim, here)
        _check_word(word, here)
        key = word if keys is None or word.isascii() else nfc(word.decode()).encode()
        if keys is None or key in keys:
            if word in seen:
                raise DataError(f"{here}: the word {_quote(word)} occurs here again; keep one of the two lines")
            seen.add(word)
            vector = _parse(numbers, here)
            if key == word or key not in found:
                found[key] = vector
    if n_read < count:
        raise DataError(
            f"{name}: the first line announces {count} words, but only {n_read} follow; is the file cut off?"
        )
    matrix = np.array(list(found.values()), np.float32).reshape(len(found), dim)
    return Vectors([word.decode() for word in found], matrix, count)


def write_word2vec(path: Path, words: Sequence[str], matrix: NDArray[np.float32]) -> None:
    """Write vectors, float (n_words, dim), with the nine digits from which float32 numbers come back as they were.

    Raises `DataError` when words and rows are not the same number, when a number is not finite, when a word stands
    twice, and for a word that the format cannot hold, such as an empty one or one with white space in it.
    """
    _check(words, matrix)
    row_format = "%s" + " %.9g" * matrix.shape[1] + "\n"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n")
        for word, row in zip(words, matrix, strict=True):
            file.write(row_format % (word, *row.tolist()))


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines, each with its end, of limited length."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise DataError(
                f"{name} line {number} is longer than {MAX_LINE_BYTES:,} bytes; is this word2vec's text format?"
            )
        yield line


def _header(line: bytes, name: str) -> tuple[int, int]:
    found = _HEADER.fullmatch(line.removeprefix(_BOM))
    if not found:
        raise DataError(
            f"{name} line 1 is {_quote(line)}, not the number of words and of dimensions, as in `400000 100`; put "
            "that line in front if the file, like GloVe's, does not have it"
        )
    count, dim = int(found[1]), int(found[2])
    if not (count and dim):
        raise DataError(f"{name} line 1 announces {count} words of {dim} dimensions; give at least one of each")
    return count, dim


def _normalise(word: bytes, numbers: bytes, dim: int, here: str) -> bytes:
    """The numbers of an unusual line with one space between them, if they are `dim` finite numbers."""
    there = numbers.split()
    strange = [number for number in there if not _is_finite(number)]
    if strange and len(there) > dim and all(map(_is_finite, there[-dim:])):
        raise DataError(
            f"{here} has more fields than numbers: a word with a space? It begins with {_quote(word)} and "
            f"{_quote(strange[0])}, and has {dim} numbers at its end; write the word without a space, or leave it out"
        )
    if strange:
        raise _not_a_number(strange[0], here)
    if len(there) != dim:
        raise DataError(
            f"{here}: {len(there)} numbers after the word {_quote(word)}; each line must be a word, a space and {dim} "
            "numbers with spaces between them"
        )
    return b" ".join(there)


def _parse(numbers: bytes, here: str) -> NDArray[np.float32]:
    parts = numbers.split()
    try:
        exact = np.array([float(part) for part in parts])
    except ValueError:
        raise _not_a_number(next(part for part in parts if not _is_finite(part)), here) from None
    with np.errstate(over="ignore"):
        single = exact.astype(np.float32)
    if not np.isfinite(single).all():
        raise DataError(f"{here}: a number is too large for 32-bit floating point; check how the vectors were trained")
    return single


def _not_a_number(part: bytes, here: str) -> DataError:
    return DataError(
        f"{here}: {_quote(part)} is not a finite number; if the file is in a binary format, save it as text"
    )


def _is_finite(number: bytes) -> bool:
    try:
        return b"_" not in number and bool(np.isfinite(float(number)))
    except ValueError:
        return False


def _check_word(word: bytes, here: str) -> None:
    if not word.strip():
        raise DataError(f"{here}: no word at its start; each line must be a word, a space and its numbers")
    if b"\0" in word:
        raise DataError(f"{here}: a NUL character; save the vectors as text, in UTF-8, not in a binary format")
    try:
        word.decode()
    except UnicodeDecodeError:
        raise DataError(f"{here}: not UTF-8; save the vectors as text, in UTF-8, not in a binary format") from None


def _quote(content: bytes) -> str:
    """The beginning of some bytes, as it may stand in a sentence."""
    return ascii(content[:60].decode("utf-8", "backslashreplace").rstrip("\r\n"))


def _check(words: Sequence[str], matrix: NDArray[np.float32]) -> None:
    if matrix.ndim != 2 or len(words) != len(matrix) or not matrix.size:
        raise DataError(f"{len(words)} words for vectors of shape {matrix.shape}; give a row of numbers for each word")
    if not np.isfinite(matrix).all():
        raise DataError("a vector has a number that is not finite; check how the vectors were trained")
    if len(set(words)) < len(words):
        raise DataError("a word occurs twice; give each word one vector")
    for word in words:
        if word.split() != [word] or "\0" in word or _UNPAIRED.search(word):
            raise DataError(
                f"the word {word[:60]!a} cannot be written: it is empty, or has white space, NUL or half a surrogate "
                "pair in it"
            )
