"""Rows of a channel in pieces on disk, which XGBoost's external memory takes one after another. Reads no channels."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from smcontract.errors import UserError
from textprep.pipeline import Rows

from xgboost_sentiment import columns
from xgboost_sentiment.prepared import Data

if TYPE_CHECKING:
    from xgboost_sentiment.lines import Labelled  # with protobuf, which reviews have no need of

FIRST = 8  # rows that stay in memory too: the golden records
MOST_ROWS, MOST_STORED = 2**16, 2**22
"""Rows and numbers of a piece, at most: 32 MB of numbers with their columns, about twice that as pages of XGBoost."""


class Pieces(NamedTuple):
    """The rows of one channel. In memory are only labels and weights, as of `Data`, and the first of the rows.

    `ends` are how many rows there are up to the end of each piece.
    """

    folder: Path
    ends: Sequence[int]
    first: "Sequence[Labelled]"
    labels: NDArray[np.float32]
    weights: NDArray[np.float32] | None
    n_features: int
    groups: None = None

    def parts(self) -> Iterator[Data]:
        """Yield the rows of one piece after another."""
        start = 0
        for number, end in enumerate(self.ends):
            with np.load(_path(self.folder, number)) as saved:
                rows = Rows(*(saved[name] for name in Rows._fields))
            weights = None if self.weights is None else self.weights[start:end]
            yield Data(columns.matrix(rows, self.n_features), self.labels[start:end], weights)
            start = end


Table = Data | Pieces


def write(records: "Iterable[Labelled]", folder: Path) -> Pieces:
    """Write the rows as they come; how many features they have is not known then, and 0.

    Raises UserError where rows belong to groups, which pieces would divide.
    """
    folder.mkdir()
    labels, weights = array("f"), array("f")
    ends: list[int] = []
    first: list[Labelled] = []
    for number, piece in enumerate(_cut(records)):
        np.savez(_path(folder, number), **columns.join([labelled.row for labelled in piece])._asdict())
        labels.extend(labelled.label for labelled in piece)
        weights.extend(labelled.weight for labelled in piece)
        first = first or piece[:FIRST]
        ends.append(len(labels))
    weighted = np.array(weights, np.float32)
    return Pieces(folder, ends, first, np.array(labels, np.float32), weighted if (weighted != 1).any() else None, 0)


def _cut(records: "Iterable[Labelled]") -> "Iterator[list[Labelled]]":
    piece: list[Labelled] = []
    stored = 0
    for labelled in records:
        if labelled.group is not None:
            raise UserError(
                "the lines have a qid, and pieces on disk would divide the groups: leave use_external_memory out"
            )
        piece.append(labelled)
        stored += len(labelled.row.indices)
        if len(piece) == MOST_ROWS or stored >= MOST_STORED:
            yield piece
            piece, stored = [], 0
    if piece:
        yield piece


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.npz"
