"""Features of documents as sparse matrices, and naive-Bayes weights for them. Knows numbers only, no words.

A feature that does not occur has no entry; no entry is ever an explicit zero.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from textprep.specification import Values, Weighting

Integers = NDArray[np.int64]

ROWS_A_BLOCK = 1000
"""Rows normalised at a time, so that memory beside the matrix does not grow with their number."""


def matrix(cells: Integers, shape: tuple[int, int], values: Values) -> csr_matrix:
    """Return float32 (n_documents, n_features), sorted: how often each feature occurs in a row, or 1 if it does.

    `cells` (n_occurrences,), sorted in place, has `document * n_features + feature` for every occurrence of a feature.

    Example:
        >>> matrix(np.array([5, 0, 5]), (2, 3), "counts").toarray()
        array([[1., 0., 0.],
               [0., 0., 2.]], dtype=float32)
    """
    n_rows, n_features = shape
    cells.sort()
    first = np.ones(len(cells), bool)
    np.not_equal(cells[1:], cells[:-1], out=first[1:])
    if values == "presence":
        data = np.ones(np.count_nonzero(first), np.float32)
    else:
        data = np.diff(np.flatnonzero(first), append=len(cells)).astype(np.float32)
    cells = cells[first]
    indptr = np.searchsorted(cells, np.arange(n_rows + 1) * n_features)
    return csr_matrix((data, (cells % n_features).astype(np.int32), indptr.astype(np.int32)), shape=shape)


def log_count_ratios(documents: csr_matrix, labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return float32 (n_features,): how much more a feature's presence speaks for label 1 than for label 0.

    r = log((1 + p) / |1 + p| / ((1 + q) / |1 + q|)), where p and q count the documents with label 1 and with label 0
    that have the feature and |.| is the sum over features (Wang and Manning 2012, "Baselines and bigrams", alpha = 1).

    Example:
        >>> from scipy.sparse import eye
        >>> log_count_ratios(eye(2, format="csr"), np.array([1, 0])).round(3)
        array([ 0.693, -0.693], dtype=float32)
    """
    return _ratios(document_counts(documents, labels))


def document_counts(documents: csr_matrix, labels: NDArray[np.integer]) -> Integers:
    """Return int64 (2, n_features): how many documents with label 0, and with label 1, have each feature.

    Example:
        >>> from scipy.sparse import eye
        >>> document_counts(eye(2, format="csr"), np.array([1, 0])).tolist()
        [[0, 1], [1, 0]]
    """
    positive = np.repeat(labels == 1, np.diff(documents.indptr))
    n_features = documents.shape[1]
    return np.array([np.bincount(documents.indices[these], minlength=n_features) for these in (~positive, positive)])


def column_weights(
    weighting: Weighting, documents: csr_matrix, labels: NDArray[np.integer]
) -> NDArray[np.float32] | None:
    """Return float32 (n_features,), what columns are multiplied by; None for `none`.

    `naive-bayes`: the log-count ratios. `naive-bayes-tfidf`: the square roots of their sizes, times the inverse
    document frequency log((1 + n) / (1 + df)) + 1 of df out of n documents (that of scikit-learn's TfidfTransformer).

    Example:
        >>> from scipy.sparse import eye
        >>> column_weights("naive-bayes-tfidf", eye(2, format="csr"), np.array([1, 0])).round(3)
        array([1.17, 1.17], dtype=float32)
    """
    if weighting == "none":
        return None
    return counted_weights(weighting, document_counts(documents, labels), documents.shape[0])


def counted_weights(weighting: Weighting, counts: Integers, n_documents: int) -> NDArray[np.float32]:
    """Do what `column_weights` does, but for `none`, with the `document_counts` of any number of matrices together."""
    ratios = _ratios(counts)
    if weighting == "naive-bayes":
        return ratios
    inverse = np.log((1 + n_documents) / (1 + counts.sum(axis=0))) + 1
    weights: NDArray[np.float64] = np.sqrt(np.abs(ratios)) * inverse
    return weights.astype(np.float32)


def _ratios(counts: Integers) -> NDArray[np.float32]:
    q, p = 1.0 + counts
    ratios: NDArray[np.float32] = np.log(p / p.sum() / (q / q.sum())).astype(np.float32)
    return ratios


def normalise(documents: csr_matrix) -> csr_matrix:
    """Divide each row by its length, the root of the sum of its squares, in place. Returns `documents`.

    Example:
        >>> normalise(csr_matrix([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)).toarray()
        array([[0.6, 0.8],
               [0. , 0. ]], dtype=float32)
    """
    for first in range(0, documents.shape[0], ROWS_A_BLOCK):
        starts = documents.indptr[first : first + ROWS_A_BLOCK + 1]
        here = slice(starts[0], starts[-1])
        values = documents.data[here].astype(np.float64)
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        squares = np.bincount(rows, values**2)  # added one after another, in whatever company
        documents.data[here] = values / np.sqrt(squares)[rows]
    return documents


def weigh(documents: csr_matrix, weights: NDArray[np.float32]) -> csr_matrix:
    """Multiply each column by its weight, in place; entries whose weight is 0 disappear. Returns `documents`."""
    documents.data *= weights[documents.indices]
    if not documents.data.all():
        documents.eliminate_zeros()
    return documents
