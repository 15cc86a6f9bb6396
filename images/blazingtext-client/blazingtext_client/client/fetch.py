"""Gets the word vectors out of the model.tar.gz of a BlazingText job; unpacks nothing else, trusts no name in it."""

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import NamedTuple

from smcontract.errors import UserError
from textprep.embeddings import read_word2vec

from blazingtext_client.client import whole

TEXT = "vectors.txt"
"""What BlazingText calls its word vectors in its archive."""

PIECE = 1 << 20  # bytes read at a time


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
    try:
        with gzip.open(archive) as plain:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                is_there = any(_copied(tar, member, path) for member in tar)
            while plain.read(PIECE):  # to the end, where the checksum stands
                pass
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{archive} cannot be read as a tar.gz archive ({error}): fetch it anew") from None
    if not is_there:
        raise UserError(
            f"{archive} holds no {TEXT}: give the model of a job in mode skipgram, cbow or batch_skipgram; one in mode "
            "supervised makes none"
        )


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> bool:
    """Copy a member if it is the file of vectors."""
    if not (member.isfile() and member.name.removeprefix("./") == TEXT):
        return False
    file = tar.extractfile(member)
    if file:
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, PIECE)
    return file is not None
