"""What reading the channels gives, the same for headlines and for arrays: the interface of `text` and `arrays`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.manifest import Manifest
from smcontract.records import RecordType
from smcontract.training.profile import Sample
from textprep.records import Record


class Data(NamedTuple):
    """The records of one channel: word ids int32 (n_records, max_length) and labels int32 (n_records,).

    A label is a position in `Prepared.labels`. Of headlines 0 is padding at the end and 1 an unknown word. In `words`
    unknown ones have numbers of their own, from `Encoder.n_ids` on, which stand for `others`.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.int32]
    words: NDArray[np.int32]
    others: Sequence[str] = ()


class Encoder(Protocol):
    """Turns records into rows of word ids, at training time and when serving."""

    @property
    def n_ids(self) -> int:
        """Word ids there are, so rows of the embedding."""

    @property
    def max_length(self) -> int:
        """Word ids in a row."""

    @property
    def fingerprint(self) -> str:
        """Equal for encoders that encode equally."""

    @property
    def records(self) -> RecordType:
        """What a record of a request is."""

    def ids(self, records: Sequence[Any]) -> NDArray[np.int32]:
        """Return int32 (n_records, max_length)."""

    def rows(self, records: Sequence[Any]) -> tuple[NDArray[np.int32], Sequence[str]]:
        """Return the ids, but numbers from `n_ids` on for unknown words, and these words."""

    def words(self, record: Any) -> list[str]:
        """Return the words of a record, also those beyond `max_length`; none where records are numbers."""

    def save(self, folder: Path) -> None:
        """Write files into the model's folder."""

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Self:
        """Return what was saved; raises DataError or UserError when it is not whole."""


@dataclass(frozen=True)
class Prepared:
    """Everything that training needs.

    `data` holds the channels by name, `train` always; `labels` the categories; `vectors`, float32 (n_ids, dimension),
    is what the embedding starts from, None for a random start; `golden` are a few records, each as a JSON request
    would hold it. `held_out` are the headlines of the channels other than `train`, in the order of the rows;
    `facts` says of each channel what evaluation.json has; `words` are the vocabulary's, none where records are numbers.
    `sample` are some of the headlines to train on.
    """

    encoder: Encoder
    data: Mapping[str, Data]
    labels: tuple[str, ...]
    vectors: NDArray[np.float32] | None
    golden: Sequence[Any]
    held_out: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    facts: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    words: Sequence[str] = ()
    sample: Sample = field(default_factory=Sample)

    @property
    def unseen(self) -> list[Any]:
        """The records of the first channel that is held out, as a JSON request would hold them."""
        name = next((name for name in ("validation", "test") if name in self.data), None)
        if name is None:
            return []
        return [record.text for record in self.held_out.get(name, ())] or self.data[name].ids.tolist()
