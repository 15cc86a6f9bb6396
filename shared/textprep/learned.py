"""What fitting learns, and the features that follow from it. Files are in `saved`, fitting is in `fitting`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from textprep import bagofwords
from textprep.ngrams import Ids, Integers, NGrams
from textprep.specification import Specification
from textprep.stem import STOPPED
from textprep.vocabulary import Vocabulary


class Rows(NamedTuple):
    """The features of texts, one text after another, without those that have the value 0.

    `starts` int64 (n_texts + 1,): where each text begins in the others, and the end; `features` int32 (n_entries,),
    ascending within a text; `values` float32 (n_entries,).
    """

    starts: Integers
    features: Ids
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Learned:
    """`weights`: float32 (n_features,) or None; `words`: each word of the corpus -> its unigram, or `UNKNOWN`."""

    specification: Specification
    vocabulary: Vocabulary
    ngrams: NGrams
    weights: NDArray[np.float32] | None
    words: dict[str, int]

    def matrix(self, blocks: Iterable[tuple[Ids, Integers]]) -> csr_matrix:
        """Return float32 (n_documents, n_features) for documents given some at a time.

        A block is the unigrams of its documents, each with a gap at the end (see `ngrams`), and their lengths with it.
        """
        matrices = [self._block(ids, lengths) for ids, lengths in blocks]
        if len(matrices) == 1:
            matrix = matrices[0]
        else:
            matrix = vstack([*matrices, csr_matrix((0, self.ngrams.n_features), dtype=np.float32)], format="csr")
        return self.weighted(matrix)

    def weighted(self, matrix: csr_matrix) -> csr_matrix:
        """Return a matrix of values, which is changed in place, with the weights of its columns and the norm."""
        if self.weights is not None:
            bagofwords.weigh(matrix, self.weights)
        return bagofwords.normalise(matrix) if self.specification.norm == "l2" else matrix

    def _block(self, ids: Ids, lengths: Integers) -> csr_matrix:
        n_documents, n_features = len(lengths), self.ngrams.n_features
        rows = np.repeat(np.arange(n_documents) * n_features, lengths)
        if self.specification.stop_words != "none":
            keep = ids != STOPPED
            ids, rows = ids[keep], rows[keep]
        cells = np.concatenate([rows[positions] + features for positions, features in self.ngrams.find(ids)])
        return bagofwords.matrix(cells, (n_documents, n_features), self.specification.values)
