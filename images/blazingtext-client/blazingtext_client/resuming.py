"""How far training of word vectors has come, and its checkpoints: vectors, positions, states of random numbers."""

from dataclasses import asdict, dataclass

import numpy as np
from smcontract.training.checkpoints import Checkpoints

from blazingtext_client.layout import Arrays


@dataclass
class Progress:
    """What each thread has trained: `words`, unknown ones included, whole epochs, and chunks of its part in this epoch.

    `states` are those of the random numbers. `seconds` is the time of this attempt, which began with `resumed` words.
    """

    words: list[int]
    epochs_of: list[int]
    chunks_of: list[int]
    states: list[int]
    resumed: int = 0
    seconds: float = 0.0

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return sum(self.words)

    @property
    def epochs(self) -> int:
        """Epochs that all threads have ended."""
        return min(self.epochs_of)


def save(checkpoints: Checkpoints, arrays: Arrays, progress: Progress) -> None:
    """Save what no thread may change meanwhile; a step is a word."""
    checkpoints.save(progress.trained, asdict(progress), {"input": arrays.input, "output": arrays.output})


def restore(checkpoints: Checkpoints, arrays: Arrays) -> Progress | None:
    """Give the arrays the vectors of the newest checkpoint, and return its progress; None without one."""
    found = checkpoints.newest()
    if found is None:
        return None
    np.copyto(arrays.input, found.arrays["input"])
    np.copyto(arrays.output, found.arrays["output"])
    progress = Progress(**found.state)
    progress.resumed, progress.seconds = progress.trained, 0.0
    return progress
