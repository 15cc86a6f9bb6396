"""Gets the word vectors out of the model.tar.gz of a BlazingText job; unpacks nothing else, trusts no name in it."""

import shutil
from pathlib import Path
from typing import NamedTuple

from smcontract import archives
from smcontract.errors import UserError
from textprep.embeddings import read_word2vec

from blazingtext_client.client import whole

TEXT = "vectors.txt"
"""What BlazingText calls its word vectors in its archive."""


class Embeddings(NamedTuple):
    """How many words there are, and of how many dimensions."""

    words: int
    dim: int


def embeddings(archive: Path, path: Path) -> Embeddings:
    """Write the archive's vectors.txt, checked line by line, to `path`: what headline-mxnet's `embeddings` takes.

    The archive is read as a stream and memory stays small. Raises UserError when it is damaged or has no vectors.txt,
    DataError when that is not word2vec's text format.
    """
    with whole.written(path) as temporary:
        _copy(archive, temporary)
        with temporary.open("rb") as file:
            vectors = read_word2vec(file, f"{archive.name}: {TEXT}", wanted=())
    return Embeddings(vectors.n_read, vectors.matrix.shape[1])


def _copy(archive: Path, path: Path) -> None:
    with archives.member(archive, TEXT, archive) as file:
        if file is None:
            raise UserError(
                f"{archive} does not contain {TEXT}: use the model of a job in mode skipgram, cbow or "
                "batch_skipgram; mode supervised does not write it"
            )
        with file, path.open("wb") as copy:
            shutil.copyfileobj(file, copy, archives.PIECE)
