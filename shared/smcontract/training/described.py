"""What a channel of labelled texts holds: counts, lengths, repetitions. Keeps no texts."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

PERCENTS = (0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 100)


@dataclass
class Texts:
    """Texts that have been seen, by their hashes and lengths."""

    hashes: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        """Return what is kept of these texts."""
        seen = cls()
        for text in texts:
            seen.add(text)
        return seen

    def add(self, text: str) -> None:
        """See one more."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self.hashes.append(int.from_bytes(digest, "big", signed=True))  # the same on every host
        self.lengths.append(text.count(" ") + 1)  # to split it would take a hundred times as long

    @property
    def repeated(self) -> int:
        """How many repeat an earlier one."""
        return len(self.hashes) - len(set(self.hashes))

    def shared(self, known: Collection[int]) -> int:
        """How many are among others, whose hashes `known` are."""
        return sum(each in known for each in self.hashes)

    def describe(self, labels: Sequence[str], numbers: Iterable[int], known: Collection[int] | None) -> dict[str, Any]:
        """Return a channel's entry of evaluation.json; `known` are the hashes of the texts trained on, if not these.

        Example:
            >>> found = Texts.of(["a film", "a film", "no"]).describe(["neg", "pos"], [1, 1, 0], None)
            >>> found["records"], found["labels"], found["repeated"], found["words"][-1]
            (3, {'neg': 1, 'pos': 2}, 1, [100, 2.0])
        """
        counts = Counter(numbers)
        quantiles = np.percentile(self.lengths, PERCENTS).tolist() if self.lengths else []
        shared = {} if known is None else {"shared_with_train": self.shared(known)}
        return {
            "records": len(self.hashes),
            "labels": {label: counts[number] for number, label in enumerate(labels)},
            "words": [[percent, value] for percent, value in zip(PERCENTS, quantiles, strict=False)],
            "repeated": self.repeated,
            **shared,
        }
