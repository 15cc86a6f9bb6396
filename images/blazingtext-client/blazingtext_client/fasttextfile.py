"""fastText's .bin files, version 12, written and read with numpy alone.

A file holds the arguments of the training, the dictionary, the input matrix (a row for each word, then one for each
bucket of subwords or word n-grams) and the output matrix; all numbers are little-endian. Written are word vectors.
Read are word vectors and classifiers, quantised ones (.ftz) too. What the vector of a word is, `wordvectors` knows,
what the labels of a text are, `classifier`.
"""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError

from blazingtext_client.content import Content
from blazingtext_client.quantised import Quantised

MAGIC = 793712314
VERSION = 12
READABLE = (11, 12)  # of the same form
CBOW, SKIPGRAM, SUPERVISED = 1, 2, 3  # Arguments.model
HIERARCHICAL, NEGATIVE, SOFTMAX, OVA = 1, 2, 3, 4  # Arguments.loss

_ARGUMENTS = struct.Struct("<12id")
_SIZES = struct.Struct("<3i2q")  # entries, words, labels; tokens read, pairs of the pruned index (-1: not pruned)
_ENTRY = struct.Struct("<qb")  # count; 0 for a word, 1 for a label
_SHAPE = struct.Struct("<2q")
_COUNT = struct.Struct("<i")
_PIECE = 4096  # rows written at once
_LARGEST_COUNT = 10**15  # which fastText takes for infinite where it builds the tree of the labels


@dataclass(frozen=True)
class Arguments:
    """What a model was trained with, under fastText's names and in the order of the file.

    `bucket` counts the rows of the input matrix behind those of the words; subwords have `minn` to `maxn` characters,
    and there are none with `maxn` 0. `t` is the sampling threshold.
    """

    dim: int
    ws: int = 5
    epoch: int = 5
    min_count: int = 5
    neg: int = 5
    word_ngrams: int = 1
    loss: int = NEGATIVE
    model: int = SKIPGRAM
    bucket: int = 0
    minn: int = 0
    maxn: int = 0
    lr_update_rate: int = 100
    t: float = 1e-4


@dataclass(frozen=True)
class FastTextFile:
    """What a .bin file holds; `counts` are those of the words.

    `input` is float32 (n_words + bucket, dim), `output` (n_labels or n_words, dim), both mapped from the file and
    read-only, and perhaps quantised. `kept`, int32 (bucket,), is of a pruned file: the row of a bucket behind those of
    the words, or -1.
    """

    path: Path
    arguments: Arguments
    words: tuple[str, ...]
    counts: tuple[int, ...]
    labels: tuple[str, ...]
    label_counts: tuple[int, ...]
    input: NDArray[np.float32] | Quantised
    output: NDArray[np.float32] | Quantised
    kept: NDArray[np.int32] | None = None


class Dictionary(NamedTuple):
    """Words or labels, the most frequent first, and how often each stood in the corpus."""

    names: Sequence[str]
    counts: Sequence[int]


def write(
    path: Path,
    words: Dictionary,
    labels: Dictionary,
    input: NDArray[np.float32],
    output: NDArray[np.float32],
    arguments: Arguments,
) -> None:
    """Write a model as fastText does.

    Args:
        path: the file, overwritten.
        words: those that have a row of their own.
        labels: of a classifier; none of word vectors.
        input: float32 (n_words + bucket, dim).
        output: float32 (n_labels, dim) of a classifier, (n_words, dim) of word vectors.
        arguments: whose `dim` and `bucket` are those of the matrices.

    Raises:
        UserError: a word is empty or holds whitespace or a NUL, which no dictionary of fastText can.
        ValueError: the shapes do not fit together.
    """
    predicted = len(labels.names if arguments.model == SUPERVISED else words.names)
    expected = (len(words.names) + arguments.bucket, arguments.dim), (predicted, arguments.dim)
    if (input.shape, output.shape) != expected:
        raise ValueError(f"the matrices are {input.shape} and {output.shape}, not {expected}")
    with path.open("wb") as file:
        file.write(struct.pack("<2i", MAGIC, VERSION) + _ARGUMENTS.pack(*astuple(arguments)))
        sizes = len(words.names), len(labels.names)
        file.write(_SIZES.pack(sum(sizes), *sizes, sum(words.counts) + sum(labels.counts), -1))
        for kind, entries in enumerate((words, labels)):
            for name, count in zip(*entries, strict=True):
                if not name or "\0" in name or len(name.split()) != 1 or name != name.strip():
                    raise UserError(f"{name!r} cannot be in a dictionary: a word must not contain white space or NUL")
                file.write(name.encode("utf-8", "surrogateescape") + b"\0" + _ENTRY.pack(count, kind))
        for matrix in (input, output):
            file.write(b"\0" + _SHAPE.pack(*matrix.shape))
            for start in range(0, len(matrix), _PIECE):  # rows may be padded, and a copy of all would double the memory
                np.ascontiguousarray(matrix[start : start + _PIECE], "<f4").tofile(file)


def read(path: Path) -> FastTextFile:
    """Read a .bin file, its input matrix only mapped.

    Everything is checked that prediction relies on. Raises UserError for what is not such a file, or is damaged.
    """
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty: copy it again, or train the model again")
    with path.open("rb") as file:
        content = Content(path, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (magic,) = content.take(_COUNT)
    if magic != MAGIC:
        raise UserError(f"{path} is not a model of fastText or BlazingText: it begins with {magic}, not {MAGIC}")
    (version,) = content.take(_COUNT)
    if version not in READABLE:
        raise UserError(
            f"{path} has fastText's format version {version}, but only 11 and 12 can be read: train it again"
        )
    arguments = Arguments(*content.take(_ARGUMENTS))
    entries, n_words, n_labels, _, n_pruned = content.take(_SIZES)
    if min(entries, n_words, n_labels) < 0 or entries != n_words + n_labels or arguments.dim <= 0 or n_pruned < -1:
        raise content.damaged(f"it claims that {entries} entries are {n_words} words and {n_labels} labels")
    names, counts = content.dictionary(entries)
    hashed, kept = _hashed_rows(content, arguments), None
    if n_pruned >= 0:
        kept = content.pruned(n_pruned, arguments.bucket)
        hashed = int(kept.max(initial=-1)) + 1
    is_classifier = arguments.model == SUPERVISED
    if is_classifier and not n_labels:
        raise UserError(f"{path} is a classifier without labels: train the model again")
    if is_classifier and not HIERARCHICAL <= arguments.loss <= OVA:
        raise content.damaged(f"there is no loss {arguments.loss}")
    if is_classifier and not all(0 < count < _LARGEST_COUNT for count in counts[n_words:]):
        raise content.damaged("the count of a label is not positive")
    is_quantised = content.flag()
    least, exactly = (n_words + hashed, n_labels) if is_classifier else (n_words * (not is_quantised), None)
    input = _matrix(content, arguments.dim, is_quantised, is_classifier, least)
    is_quantised = content.flag() and is_quantised
    output = _matrix(content, arguments.dim, is_quantised, is_classifier, exactly or 0, exactly)
    return FastTextFile(
        path, arguments, names[:n_words], counts[:n_words], names[n_words:], counts[n_words:], input, output, kept
    )


def _matrix(
    content: Content, dim: int, is_quantised: bool, is_classifier: bool, least: int, exactly: int | None = None
) -> NDArray[np.float32] | Quantised:
    if is_quantised:
        return content.quantised(dim, least, exactly)
    return (content.weights if is_classifier else content.matrix)(dim, least, exactly)


def _hashed_rows(content: Content, arguments: Arguments) -> int:
    """How many rows of the input matrix a classifier reaches by the hashes of n-grams."""
    if arguments.model != SUPERVISED or not (arguments.word_ngrams > 1 or arguments.maxn > 0):
        return 0
    if arguments.bucket <= 0:
        raise content.damaged(f"it has n-grams and {arguments.bucket} buckets for them")
    return arguments.bucket
