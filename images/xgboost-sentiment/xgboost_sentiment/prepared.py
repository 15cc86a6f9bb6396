"""What reading the channels gives, the same for reviews and for numbers: the interface of `text` and `features`."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.errors import UserError
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from textprep.records import Record

log = logging.getLogger(__name__)


class Data(NamedTuple):
    """The rows of one channel: float32 (n_rows, n_features) without explicit zeros, and float32 labels (n_rows,).

    `weights`, float32 (n_rows,), are how much each row counts; None where all count alike.
    """

    matrix: csr_matrix
    labels: NDArray[np.float32]
    weights: NDArray[np.float32] | None = None


class Encoder(Protocol):
    """Turns records into the rows of a matrix, at training time and when serving."""

    part: ClassVar[str]
    """What a column stands for, in explanations: `word` or `feature`."""

    @property
    def n_features(self) -> int:
        """Columns of the matrix."""

    @property
    def fingerprint(self) -> str:
        """Equal for encoders that encode equally."""

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""

    def matrix(self, records: Sequence[Any]) -> csr_matrix:
        """Return float32 (n_records, n_features) without explicit zeros."""

    def names(self, record: Any, columns: Sequence[int]) -> list[str]:
        """Return the names of some columns that are not zero in this record."""

    def save(self, folder: Path) -> None:
        """Write files into the model's folder."""

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Self:
        """Return what was saved; raises DataError or UserError when it is not whole."""


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs.

    `data` holds the channels by name, `train` always; `labels` names the classes, of two the negative first, and is
    None where numbers are predicted; `golden` are a few records, each as a JSON request would hold it. `held_out` are
    the reviews of the channels other than `train`, in the order of the rows.
    """

    encoder: Encoder
    data: Mapping[str, Data]
    labels: tuple[str, ...] | None
    golden: Sequence[Any]
    held_out: Mapping[str, Sequence[Record]] = field(default_factory=dict)


def count(name: str, labels: Sequence[float], classes: Sequence[str] | None) -> None:
    """Log how many records the `name` data hold, and of which class; a label is the position of its class.

    Raises UserError when there are none, and when those to train on are all of one class.
    """
    if not labels:
        raise UserError(f"the {name} data hold no records: the files are blank, or validation_fraction leaves none")
    if classes is None:
        log.info("%s: %d records", name, len(labels))
        return
    counts = Counter(labels)
    *told, last = (f"{counts[number]} {name}" for number, name in enumerate(classes))
    log.info("%s: %d records, %s", name, len(labels), " and ".join([*([", ".join(told)] if told else []), last]))
    if name == "train" and len(counts) == 1:
        there = classes[int(labels[0])]
        raise UserError(
            f"all {len(labels)} records to train on are labelled {there}: give records of two classes or more"
        )
