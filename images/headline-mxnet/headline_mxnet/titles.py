"""The encoder of headlines: each word becomes its number in the vocabulary. Reads no channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from smcontract.manifest import Manifest
from smcontract.records import RecordError, Text
from textprep.sequences import Sequences


class Headlines(Text):
    """A record is a text; how many labels are wanted is said once for a request, not inside a record."""

    def from_json(self, value: Any) -> str:
        """A JSON string, or an object with the key `text`."""
        if isinstance(value, dict) and "k" in value:
            raise RecordError('put "k" once beside "instances", not inside a record')
        return super().from_json(value)


@dataclass(frozen=True)
class Titles:
    """Fitted sequences in the form of `prepared.Encoder`."""

    sequences: Sequences

    @property
    def n_ids(self) -> int:
        """Padding, the unknown word, and the words."""
        return self.sequences.n_ids

    @property
    def max_length(self) -> int:
        """Words of a headline that are read."""
        return self.sequences.max_length

    @property
    def fingerprint(self) -> str:
        """The sequences'."""
        return self.sequences.fingerprint

    @property
    def records(self) -> Headlines:
        """A record is a text."""
        return Headlines()

    def ids(self, records: Sequence[str]) -> NDArray[np.int32]:
        """Return int32 (n_records, max_length): 0 for padding at the end, 1 for an unknown word, 2 and on for words."""
        return self.sequences.encode(records)

    def rows(self, records: Sequence[str]) -> tuple[NDArray[np.int32], Sequence[str]]:
        """Return the ids, but numbers from `n_ids` on for unknown words, and these words."""
        return self.sequences.encode_all(records)

    def words(self, record: str) -> list[str]:
        """Return the words of a headline, also those that are not read."""
        return self.sequences.tokens(record)

    def save(self, folder: Path) -> None:
        """Write the vocabulary."""
        self.sequences.save(folder)

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Self:  # noqa: ARG003
        """Return the encoder of a saved model; raises DataError when it is not whole."""
        return cls(Sequences.load(folder))
