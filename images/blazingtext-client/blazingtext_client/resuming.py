"""How far training of word vectors has come, and its checkpoints: vectors, positions, states of random numbers.

Hosts that train together save when they have put their vectors together, so that these are the same on all.
"""

from dataclasses import asdict, dataclass

import numpy as np
from smcontract.training.checkpoints import Checkpoints
from smcontract.training.hosts.group import Group

from blazingtext_client.layout import Arrays


@dataclass
class Progress:
    """What each thread has trained: `words`, unknown ones included, whole epochs, and chunks of its part in this epoch.

    `states` are those of the random numbers; `rounds` how often hosts have put their vectors together, of one host 1 at
    the end. `seconds` is the time of this attempt, which began with `resumed` words.
    """

    words: list[int]
    epochs_of: list[int]
    chunks_of: list[int]
    states: list[int]
    rounds: int = 0
    resumed: int = 0
    seconds: float = 0.0

    @property
    def trained(self) -> int:
        """Words of all threads."""
        return sum(self.words)

    @property
    def epochs(self) -> int:
        """Epochs that all threads have ended."""
        return min(self.epochs_of, default=0)


def save(checkpoints: Checkpoints, arrays: Arrays, progress: Progress, group: Group) -> None:
    """Save what no thread may change meanwhile, the progress of each host; a step is a word."""
    hosts = group.gather(asdict(progress))
    step = sum(sum(each["words"]) for each in hosts)
    checkpoints.save(step, {"hosts": hosts}, {"input": arrays.input, "output": arrays.output})


def restore(checkpoints: Checkpoints, arrays: Arrays, group: Group) -> Progress | None:
    """Give the arrays the vectors of the newest checkpoint, and return this host's progress; None without one."""
    found = checkpoints.newest(group)
    if found is None:
        return None
    np.copyto(arrays.input, found.arrays["input"])
    np.copyto(arrays.output, found.arrays["output"])
    progress = Progress(**found.state["hosts"][group.rank])
    progress.resumed, progress.seconds = progress.trained, 0.0
    return progress
