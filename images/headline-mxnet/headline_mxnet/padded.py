"""The encoder of arrays: a record is a row of word ids already, padded by whoever made it. Reads no channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from smcontract import media
from smcontract.errors import UserError, shown
from smcontract.manifest import Manifest
from smcontract.records import RecordError, describe


@dataclass(frozen=True)
class Rows:
    """A record is a list of `max_length` integers from 0 to `n_ids` - 1.

    A shorter one is not padded: only who numbered the words knows on which side and with which number.

    Example:
        >>> Rows(n_ids=10, max_length=3).from_json({"features": [4, 9, 0]})
        [4, 9, 0]
    """

    n_ids: int
    max_length: int
    media_types: ClassVar[tuple[str, ...]] = (media.JSON, media.JSON_LINES, media.CSV, media.PLAIN)

    def from_json(self, value: Any) -> list[int]:
        """An array of integers, or an object that holds one as `features`; its other keys are left alone."""
        if isinstance(value, dict):
            if "features" not in value:
                raise RecordError(f'the object has no key "features", only {shown(list(value))}')
            for name in ("k", "explain"):
                if name in value:
                    raise RecordError(f'put "{name}" once beside "instances", not inside a record')
            value = value["features"]
        if not isinstance(value, list):
            raise RecordError(f"expected an array of {self.max_length} word ids, not {describe(value)}")
        return self._checked(value)

    def from_csv(self, cells: list[str]) -> list[int]:
        """The cells of a row."""
        return self._checked([_number(cell) for cell in cells])

    def from_line(self, line: str) -> list[int]:
        """Integers with white space between them."""
        return self._checked([_number(cell) for cell in line.split()])

    def _checked(self, numbers: list[Any]) -> list[int]:
        if len(numbers) != self.max_length:
            raise RecordError(
                f"the row has {len(numbers)} word ids, the model takes {self.max_length}; "
                "pad or cut it as the training data were"
            )
        for position, number in enumerate(numbers):
            if type(number) not in (int, float) or number != number // 1:
                raise RecordError(f"word id {position + 1} is {describe(number)}; it must be an integer")
            if not 0 <= number < self.n_ids:
                raise RecordError(f"word id {position + 1} is {shown(number)}, the model knows 0 to {self.n_ids - 1}")
        return [int(number) for number in numbers]


@dataclass(frozen=True)
class Padded:
    """Rows of `max_length` word ids below `n_ids`, in the form of `prepared.Encoder`."""

    n_ids: int
    max_length: int

    @property
    def fingerprint(self) -> str:
        """The two numbers are all there is to know."""
        return f"{self.max_length} word numbers below {self.n_ids}"

    @property
    def records(self) -> Rows:
        """A record is a row of word ids."""
        return Rows(self.n_ids, self.max_length)

    def ids(self, records: Sequence[list[int]]) -> NDArray[np.int32]:
        """Return int32 (n_records, max_length): the records as they are."""
        return np.array(records, np.int32).reshape(len(records), self.max_length)

    def rows(self, records: Sequence[list[int]]) -> tuple[NDArray[np.int32], Sequence[str]]:
        """Return the ids: no number is unknown."""
        return self.ids(records), ()

    def words(self, record: list[int]) -> list[str]:  # noqa: ARG002
        """Return none: what its numbers are the numbers of, only their maker knows."""
        return []

    def save(self, folder: Path) -> None:
        """Write nothing: the manifest holds all there is."""

    @classmethod
    def load(cls, folder: Path, manifest: Manifest) -> Self:
        """Return the encoder of a saved model; raises UserError when the manifest lacks its numbers."""
        n_ids, max_length = manifest.settings.get("n_ids"), manifest.settings.get("max_length")
        if type(n_ids) is not int or type(max_length) is not int or n_ids < 1 or max_length < 1:
            raise UserError(
                f"the manifest in {folder} says n_ids {shown(n_ids)} and max_length {shown(max_length)}, which are not "
                "two positive integers: train the model again"
            )
        return cls(n_ids, max_length)


def _number(cell: str) -> int | float:
    """An integer, or any number that `_checked` looks at, such as the `3.0` of numpy.savetxt."""
    if "_" not in cell:
        for kind in (int, float):
            try:
                return kind(cell)
            except ValueError:
                continue
    raise RecordError(f"{shown(cell)} is not a number")
