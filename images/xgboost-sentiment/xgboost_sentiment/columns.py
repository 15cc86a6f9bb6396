"""Rows of numbers as XGBoost takes them: a column is the feature of the same index. Reads no channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import csr_matrix
from smcontract import media
from smcontract.records import Numbers, Row
from textprep import pipeline


@dataclass(frozen=True)
class Rows(Numbers):
    """Numeric records; in JSON also a string that holds a libsvm line.

    Example:
        >>> Rows(8).from_json("0:1.5 7:2").indices.tolist()
        [0, 7]
    """

    media_types: ClassVar[tuple[str, ...]] = (*Numbers.media_types, media.RECORDIO)

    def from_json(self, value: Any) -> Row:
        """An array of numbers, an object that holds one as `features`, or a libsvm line."""
        return self.from_line(value) if isinstance(value, str) else super().from_json(value)

    def from_message(self, message: bytes) -> Row:
        """A record of recordio-protobuf; its label is left alone."""
        from xgboost_sentiment import recordio  # with protobuf: see `serve`

        return self.from_json(recordio.parse(message)[1])


def join(records: Sequence[Row]) -> pipeline.Rows:
    """Return the records one after another: what they hold, zeros too if they are values."""
    starts = np.zeros(len(records) + 1, np.int64)
    np.cumsum([len(row.indices) for row in records], out=starts[1:])
    indices, values = records[0] if len(records) == 1 else map(np.concatenate, zip(*records, strict=True))
    return pipeline.Rows(starts, indices, values)


def matrix(rows: pipeline.Rows, n_features: int) -> csr_matrix:
    """Return float32 (n_rows, n_features)."""
    return csr_matrix((rows.values, rows.features, rows.starts), shape=(len(rows.starts) - 1, n_features))


def rows(matrix: csr_matrix) -> pipeline.Rows:
    """Return what `matrix` takes."""
    return pipeline.Rows(matrix.indptr, matrix.indices, matrix.data)
