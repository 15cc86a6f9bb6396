"""What a linear model sees of a word: which rows of its weights. Trains nothing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class View(NamedTuple):
    """The rows of words, int32 `rows` from int64 `starts[word]` to `starts[word + 1]`, and those of pairs.

    Pairs of neighbouring words are hashed to `n_buckets` rows from row `pairs` on, none where that is 0; in them a word
    from `n_known` on counts as the unknown word.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    n_known: int
    pairs: int
    n_buckets: int
