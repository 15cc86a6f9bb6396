"""What reading the channels gives: rows for XGBoost, of reviews or of numbers."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.errors import UserError
from smcontract.training.profile import Sample
from textprep.records import Record

from xgboost_sentiment.words import Words

log = logging.getLogger(__name__)


class Data(NamedTuple):
    """The rows of one channel: float32 (n_rows, n_features) and float32 labels (n_rows,).

    `weights`, float32 (n_rows,), are how much each row counts; None where all count alike. `groups`, int64 (n_rows,),
    are the ids of the queries to which the rows belong, in ascending order; None where there are none.
    """

    matrix: csr_matrix
    labels: NDArray[np.float32]
    weights: NDArray[np.float32] | None = None
    groups: NDArray[np.int64] | None = None

    def parts(self) -> Iterator["Data"]:
        """Yield the rows; of `pieces.Pieces` they come in parts."""
        yield self


@dataclass(frozen=True)
class Prepared:
    """Everything that training on reviews needs.

    `data` holds the channels by name, `train` always; `labels` names the classes, of two the negative first; `golden`
    are a few records, each as a JSON request would hold it. `held_out` are the reviews of the channels other than
    `train`, in the order of the rows; `facts` says of each channel what evaluation.json has. `sample` are some of the
    texts to train on.
    """

    encoder: Words
    data: Mapping[str, Data]
    labels: tuple[str, ...]
    golden: Sequence[Any]
    held_out: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    facts: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    sample: Sample = field(default_factory=Sample)

    @property
    def unseen(self) -> list[str]:
        """The texts of the first channel that is held out."""
        return [record.text for record in next(iter(self.held_out.values()), ())]


def count(name: str, labels: Sequence[float] | NDArray[np.float32], classes: Sequence[str] | None) -> None:
    """Log how many records the `name` data hold, and of which class; a label is the position of its class.

    Raises UserError when there are none, and when those to train on are all of one class.
    """
    if len(labels) == 0:
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
