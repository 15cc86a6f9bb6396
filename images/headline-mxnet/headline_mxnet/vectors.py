"""Reads the `embeddings` channel: word vectors made elsewhere, for the words of a vocabulary. Trains nothing.

The channel holds one file of vectors: word2vec's text format (`.txt` or `.vec`), a BlazingText `model.tar.gz`, or a
matrix `.npy` with `words.txt` beside it, one word a line, which says whose the rows are. Nothing is unpacked to disk.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from smcontract import archives
from smcontract.errors import UserError, shown
from smcontract.training import channels
from smcontract.training.job import Channel
from textprep.characters import nfc
from textprep.embeddings import read_word2vec
from textprep.records import read_text
from textprep.textfile import open_text

from headline_mxnet import npy

WORDS = "words.txt"
IN_ARCHIVE = "vectors.txt"
FORMS = f"word2vec text (.txt or .vec), a BlazingText model.tar.gz, or an .npy matrix together with {WORDS}"
SPREAD = 0.05  # of the numbers for a word without a vector: near nothing, but unlike those of the next such word

log = logging.getLogger(__name__)


class _Found(NamedTuple):
    """Words that have vectors, these vectors float32 (n_found, dim), and how many words there were in all."""

    words: Sequence[str]
    matrix: NDArray[np.float32]
    n_read: int


def read(
    channel: Channel, words: Sequence[str], embedding_dim: int | None = None, *, seed: int = 0
) -> NDArray[np.float32]:
    """Return float32 (n_words, dim): the channel's vector of each word, small random numbers where it has none.

    Raises UserError when the channel holds anything but one file of vectors, when `embedding_dim` is given and not
    theirs, and when they are of none of the words; DataError when a file is not what its name says.
    """
    path, found = _found(channel, set(words))
    dim = found.matrix.shape[1]
    if embedding_dim is not None and dim != embedding_dim:
        raise UserError(
            f"{path.name} holds vectors of {dim} dimensions, embedding_dim is {embedding_dim}: leave it out, or give "
            "vectors of that dimension"
        )
    if not found.words:
        raise UserError(
            f"{path.name} has none of the {len(words):,} words of the training data among its {found.n_read:,}: give "
            "vectors of the same language, of words in lower case"
        )
    log.info("embeddings: vectors for %s of %s words", f"{len(found.words):,}", f"{len(words):,}")
    matrix = np.random.default_rng(seed).uniform(-SPREAD, SPREAD, (len(words), dim)).astype(np.float32)
    rows = {word: row for row, word in enumerate(words)}
    matrix[[rows[word] for word in found.words]] = found.matrix
    return matrix


def _found(channel: Channel, wanted: set[str]) -> tuple[Path, _Found]:
    paths = channel.files()
    files = {path.name: path for path in paths}
    names = shown([path.name for path in paths], limit=200)
    matrices = [path for name, path in files.items() if path.suffix == ".npy"]
    if matrices:
        if len(paths) != 2 or WORDS not in files:
            raise UserError(
                f"channel {shown(channel.name)} holds {names}: a matrix needs {WORDS} beside it, one word per line, "
                "that names its rows, and nothing else"
            )
        return matrices[0], _from_matrix(matrices[0], files[WORDS], wanted)
    if len(paths) != 1:
        raise UserError(f"channel {shown(channel.name)} holds {names}: it must hold one file of vectors, {FORMS}")
    path = paths[0]
    if path.name.endswith((".tar.gz", ".tgz")):
        return path, _from_archive(path, wanted)
    if channels.ending(path) in (".txt", ".vec"):
        with open_text(path) as file:
            return path, _Found(*read_word2vec(file, path.name, wanted))
    raise UserError(f"channel {shown(channel.name)} holds {names}, which has an unknown extension: give {FORMS}")


def _from_matrix(path: Path, words_file: Path, wanted: set[str]) -> _Found:
    matrix = npy.matrix(path)
    words = [record.text for record in read_text([words_file])]
    if len(words) != len(matrix):
        raise UserError(f"{path.name} has {len(matrix)} rows, {WORDS} {len(words)} words: give a word for each row")
    rows = {word: row for row, word in enumerate(words)}
    if len(rows) < len(words):
        again = next(word for row, word in enumerate(words) if rows[word] != row)
        raise UserError(f"{WORDS} holds {shown(again)} twice: keep one of its lines, and the matching row")
    composed = {nfc(word): row for word, row in reversed(rows.items())} | rows  # NFC itself, else the first form
    known = sorted((row, word) for word, row in composed.items() if word in wanted)
    kept = npy.single(matrix[[row for row, _ in known]], f"{path.name}, rows of known words")
    return _Found([word for _, word in known], kept, len(words))


def _from_archive(path: Path, wanted: set[str]) -> _Found:
    with archives.member(path, IN_ARCHIVE, path.name) as file:
        if file:
            return _Found(*read_word2vec(file, f"{path.name}: {IN_ARCHIVE}", wanted))
    raise UserError(
        f"{path.name} does not contain {IN_ARCHIVE}: give the model of a BlazingText job in mode skipgram, cbow or "
        "batch_skipgram, or vectors as text"
    )
