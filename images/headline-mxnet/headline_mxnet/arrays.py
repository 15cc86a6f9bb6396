"""Reads the channels of `input` arrays: word ids and labels in .npy files, and an embedding matrix. Trains nothing.

The files have the workshop's names: `train_X.npy` and `train_Y.npy`, then `test_X.npy` and `test_Y.npy`, likewise with
`validation`, where there are any, and `docs-embedding-matrix.npy`. Each stands in the channel that it is named for, the
matrix in `embeddings`, or else in the channel `train`. Without a matrix the embedding starts at random.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError, shown
from smcontract.training import texts
from smcontract.training.job import Job

from headline_mxnet import npy
from headline_mxnet.padded import Padded
from headline_mxnet.prepared import Data, Prepared

MATRIX = "docs-embedding-matrix.npy"
GOLDEN = 8
MAX_IDS = 2**24  # rows of an embedding that is not given: a larger word id is something gone wrong

Array = NDArray[Any]

log = logging.getLogger(__name__)


def read(job: Job, settings: Mapping[str, Any], workers: int) -> Prepared:  # noqa: ARG001
    """Read all channels. Raises UserError for arrays that cannot be used, or not together."""
    vectors = _vectors(job, settings["embedding_dim"])
    n_ids = settings["vocab_size"] if vectors is None else len(vectors)
    if settings["vocab_size"] not in (None, n_ids):
        raise UserError(
            f"vocab_size is {settings['vocab_size']}, but the embedding matrix has {n_ids} rows: leave it out, or give "
            "a matrix with a row for each word id"
        )
    train = _pair(job, "train", n_ids)
    if train is None:
        raise UserError('channel "train" holds neither train_X.npy nor train_Y.npy: input arrays needs both')
    n_ids = n_ids or int(train[0].max()) + 1
    pairs = {"train": train}
    for name in ("validation", "test"):
        pair = _pair(job, name, n_ids)
        if pair is not None:
            pairs[name] = pair
        elif name in job.channels:
            raise UserError(
                f"channel {shown(name)} holds neither {name}_X.npy nor {name}_Y.npy: give both, or no channel"
            )
    if settings["validation_fraction"]:
        if "validation" in pairs:
            raise UserError("both validation_X.npy and validation_fraction are given: use one of them")
        pairs |= _held_back(*train, settings["validation_fraction"], settings["seed"])
    classes = np.unique(pairs["train"][1])
    if len(classes) < 2:
        raise UserError(f"all {len(train[0])} rows to train on have the label {classes[0]}: give at least two labels")
    if settings["num_classes"] and classes[-1] >= settings["num_classes"]:
        raise UserError(
            f"num_classes is {settings['num_classes']}, but train_Y.npy has the label {classes[-1]}: labels go from 0 "
            "to num_classes - 1; leave it out, or correct one of the two"
        )
    encoder = Padded(n_ids, train[0].shape[1])
    labels = tuple(map(str, classes.tolist()))
    data = {name: _data(name, *pair, classes, encoder.max_length) for name, pair in pairs.items()}
    first = np.sort(np.unique(data["train"].labels, return_index=True)[1][:GOLDEN])
    return Prepared(encoder, data, labels, vectors, data["train"].ids[first].tolist())


def _vectors(job: Job, embedding_dim: int | None) -> NDArray[np.float32] | None:
    path = _file(job, "embeddings", MATRIX)
    if path is None and "embeddings" in job.channels:
        there = job.channels["embeddings"].files()
        if len(there) != 1 or there[0].suffix != ".npy":
            names = shown([file.name for file in there], limit=200)
            raise UserError(f'channel "embeddings" holds {names}: input arrays needs one .npy matrix, one row per id')
        path = there[0]
    if path is None:
        return None
    vectors = npy.single(npy.matrix(path), path.name)
    if embedding_dim is not None and vectors.shape[1] != embedding_dim:
        raise UserError(
            f"{path.name} has {vectors.shape[1]} columns, embedding_dim is {embedding_dim}: leave it out, or give a "
            "matrix with as many columns"
        )
    return vectors


def _file(job: Job, channel: str, name: str) -> Path | None:
    """The file called `name` in its own channel, else in `train`, if there is one."""
    for place in (channel, "train"):
        there = [path for path in job.channels[place].files() if path.name == name] if place in job.channels else []
        if len(there) > 1:
            raise UserError(f"channel {shown(place)} holds {len(there)} files called {name}: keep one of them")
        if there:
            return there[0]
    return None


def _pair(job: Job, name: str, n_ids: int | None) -> tuple[NDArray[np.int32], NDArray[np.int64]] | None:
    """Word ids (n_rows, length) and labels (n_rows,); None when neither file is there."""
    job.channel("train")
    paths = [_file(job, name, f"{name}_{part}.npy") for part in "XY"]
    if paths == [None, None]:
        return None
    for path, part, other in zip(paths, "XY", "YX", strict=True):
        if path is None:
            raise UserError(f"{name}_{part}.npy is missing beside {name}_{other}.npy: give both")
    x, y = (path for path in paths if path is not None)
    ids, labels = _ids(x, n_ids), _labels(y)
    if len(ids) != len(labels):
        raise UserError(f"{x.name} has {len(ids)} rows, {y.name} {len(labels)}: give a label for each row")
    return ids, labels


def _ids(path: Path, n_ids: int | None) -> NDArray[np.int32]:
    array = npy.load(path)
    if array.ndim != 2 or not array.size:
        raise UserError(
            f"{path.name} has the shape {array.shape}: it must be (rows, words per row), at least one of each"
        )
    _refuse(array, ~_whole(array), path.name, "a word id must be an integer")
    limit = MAX_IDS if n_ids is None else n_ids
    said = "an embedding cannot have that many rows" if n_ids is None else f"the embedding has rows 0 to {limit - 1}"
    _refuse(array, (array < 0) | (array >= limit), path.name, said)
    return array.astype(np.int32)


def _labels(path: Path) -> NDArray[np.int64]:
    """Labels as integers (n_rows,), from such or from one-hot rows."""
    array = npy.load(path)
    if array.ndim not in (1, 2) or not array.size:
        raise UserError(f"{path.name} has the shape {array.shape}: it must be (rows,), or (rows, classes) one-hot")
    if array.ndim == 2 and array.shape[1] > 1:
        one_hot = np.isin(array, (0, 1)).all(axis=1) & (np.count_nonzero(array, axis=1) == 1)
        if not one_hot.all():
            row = int(np.argmin(one_hot))
            raise UserError(f"{path.name}[{row}] is not one-hot: each row of labels must be a single 1 among zeros")
        return np.argwhere(array)[:, 1].astype(np.int64)
    array = array.reshape(-1)
    _refuse(array, ~_whole(array), path.name, "a label must be an integer")
    _refuse(array, (array < 0) | (array > 2**31 - 1), path.name, "a label must be from 0 to 2147483647")
    return array.astype(np.int64)


def _whole(array: Array) -> Array:
    return np.isfinite(array) & (array == np.floor(array)) if array.dtype.kind == "f" else np.ones(array.shape, bool)


def _refuse(array: Array, bad: Array, name: str, why: str) -> None:
    where = np.argwhere(bad)
    if len(where):
        place = where[0].tolist()
        raise UserError(f"{name}{place} is {array[tuple(place)]}: {why}; check how the arrays were made")


def _held_back(
    ids: NDArray[np.int32], labels: NDArray[np.int64], fraction: float, seed: int
) -> dict[str, tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """Divide the train data at random, the same way for the same seed; a label is never held back as a whole."""
    held = np.ones(len(labels), bool)
    held[list(texts.hold_back(range(len(labels)), fraction, seed, []))] = False
    held &= np.isin(labels, labels[~held])
    if not held.any():
        raise UserError(
            f"validation_fraction {fraction} of {len(labels)} rows holds back no rows: raise it, or give more data"
        )
    return {"train": (ids[~held], labels[~held]), "validation": (ids[held], labels[held])}


def _data(
    name: str, ids: NDArray[np.int32], labels: NDArray[np.int64], classes: NDArray[np.int64], max_length: int
) -> Data:
    """The pair as it is trained on and tested with; logs how many rows there are of each label."""
    if ids.shape[1] != max_length:
        raise UserError(f"{name}_X.npy has {ids.shape[1]} words a row, train_X.npy {max_length}: pad both alike")
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise UserError(
            f"{name}_Y.npy has the label {unknown[0]}, which the training data do not have: remove such rows, or add "
            "some to the training data"
        )
    positions = np.searchsorted(classes, labels).astype(np.int32)
    counts = np.bincount(positions, minlength=len(classes)).tolist()
    each = ", ".join(f'{count} "{label}"' for count, label in zip(counts, classes.tolist(), strict=True))
    log.info("%s: %d records, %s", name, len(labels), each)
    return Data(ids, positions, ids)
