"""What fitting learns, and the features that follow from it. Files are in `saved`, fitting is in `fitting`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from textprep import bagofwords, core
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

    def matrix(self, blocks: Iterable[Rows]) -> csr_matrix:
        """Return float32 (n_documents, n_features) for the rows of documents, given some at a time."""
        starts, features, values = zip(Rows(np.zeros(1, np.int64), *_NOTHING), *blocks, strict=True)
        ends = np.cumsum(np.concatenate([[0], *map(np.diff, starts)]))
        shape = len(ends) - 1, self.ngrams.n_features
        return csr_matrix((np.concatenate(values), np.concatenate(features), ends), shape=shape)

    def weighted(self, matrix: csr_matrix) -> csr_matrix:
        """Return a matrix of values, which is changed in place, with the weights of its columns and the norm."""
        if self.weights is not None:
            bagofwords.weigh(matrix, self.weights)
        return bagofwords.normalise(matrix) if self.specification.norm == "l2" else matrix

    def rows(self, ids: Ids, lengths: Integers) -> Rows:
        """Return the rows of documents, given the unigrams of each, with a gap at its end, and lengths."""
        if core.AVAILABLE:
            return Rows(*self.grams.rows(ids, lengths))
        n_documents, n_features = len(lengths), self.ngrams.n_features
        rows = np.repeat(np.arange(n_documents) * n_features, lengths)
        if self.specification.stop_words != "none":
            keep = ids != STOPPED
            ids, rows = ids[keep], rows[keep]
        cells = np.concatenate([rows[positions] + features for positions, features in self.ngrams.find(ids)])
        matrix = self.weighted(bagofwords.matrix(cells, (n_documents, n_features), self.specification.values))
        return Rows(matrix.indptr.astype(np.int64), matrix.indices, matrix.data)

    @cached_property
    def grams(self) -> core.Grams:
        """The tables with which the C code finds features."""
        return self.tables(None)

    def tables(self, model: NDArray[np.float32] | None) -> core.Grams:
        """Return new tables with which the C code finds features, with the weights of a linear model if given."""
        counts, norm = self.specification.values == "counts", self.specification.norm == "l2"
        return core.Grams(self.ngrams.n_unigrams, self.ngrams.keys, self.weights, counts=counts, norm=norm, model=model)


_NOTHING = np.empty(0, np.int32), np.empty(0, np.float32)
