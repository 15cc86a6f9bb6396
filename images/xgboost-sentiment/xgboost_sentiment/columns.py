"""The encoder of numbers: a column is the feature of the same index. Reads no channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix
from smcontract.errors import UserError, shown
from smcontract.manifest import Manifest
from smcontract.records import Numbers, Row


class Rows(Numbers):
    """Numeric records; in JSON also a string that holds a libsvm line.

    Example:
        >>> Rows(8).from_json("0:1.5 7:2").indices.tolist()
        [0, 7]
    """

    def from_json(self, value: Any) -> Row:
        """An array of numbers, an object that holds one as `features`, or a libsvm line."""
        return self.from_line(value) if isinstance(value, str) else super().from_json(value)


@dataclass(frozen=True)
class Columns:
    """Rows of `n_features` numbers, in the form of `prepared.Encoder`."""

    n_features: int
    part: ClassVar[str] = "feature"

    @property
    def fingerprint(self) -> str:
        """The number of columns is all there is to know."""
        return f"{self.n_features} features"

    @property
    def records(self) -> Rows:
        """A record is a row of numbers."""
        return Rows(self.n_features)

    def matrix(self, records: Sequence[Row]) -> csr_matrix:
        """Return float32 (n_rows, n_features)."""
        ends = np.cumsum([0, *(len(row.indices) for row in records)])
        indices, values = (np.concatenate(parts) for parts in zip(*records, strict=True))
        return csr_matrix((values, indices, ends), shape=(len(records), self.n_features))

    def names(self, record: Row, columns: Sequence[int]) -> list[str]:  # noqa: ARG002
        """Return the indices as text."""
        return [str(column) for column in columns]

    def save(self, folder: Path) -> None:
        """Write nothing: the manifest holds all there is."""

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Self:
        """Return the columns of a saved model; raises UserError when the manifest lacks their number."""
        n_features = manifest.settings.get("n_features")
        if type(n_features) is not int or n_features < 1:
            raise UserError(f"the manifest in {folder} says n_features {shown(n_features)}: train the model again")
        return cls(n_features)
