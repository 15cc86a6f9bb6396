import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize
from textprep import bagofwords


@given(st.lists(st.lists(st.integers(0, 6), max_size=9), min_size=1, max_size=6), st.booleans())
def test_equals_scikit_learn(documents, binary):
    cells = np.array([row * 7 + word for row, words in enumerate(documents) for word in words], np.int64)
    np.random.default_rng(0).shuffle(cells)
    matrix = bagofwords.matrix(cells, (len(documents), 7), "presence" if binary else "counts")
    reference = CountVectorizer(analyzer=lambda words: map(str, words), vocabulary=list("0123456"), binary=binary)
    assert matrix.toarray().tolist() == reference.fit_transform(documents).toarray().tolist()
    assert matrix.dtype == np.float32
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
    assert matrix.has_canonical_format
    assert matrix.data.all()


def test_log_count_ratios_are_those_of_the_paper():
    documents = csr_matrix(np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]], np.float32))
    labels = np.array([1, 1, 0, 0])
    p, q = np.array([2, 1, 0]) + 1, np.array([0, 2, 2]) + 1
    expected = np.log((p / p.sum()) / (q / q.sum()))
    ratios = bagofwords.log_count_ratios(documents, labels)
    assert ratios.dtype == np.float32
    np.testing.assert_allclose(ratios, expected, rtol=1e-6)


def test_log_count_ratios_look_at_presence_only():
    counts = csr_matrix(np.array([[3, 0], [1, 2]], np.float32))
    presence = counts.sign()
    labels = np.array([1, 0])
    assert (bagofwords.log_count_ratios(counts, labels) == bagofwords.log_count_ratios(presence, labels)).all()


@pytest.mark.parametrize(
    ("weights", "expected", "entries"), [([2, -1], [[6, -1], [0, -4]], 3), ([0, 1], [[0, 1], [0, 4]], 2)]
)
def test_weighing_leaves_no_explicit_zero(weights, expected, entries):
    documents = csr_matrix(np.array([[3, 1], [0, 4]], np.float32))
    weighed = bagofwords.weigh(documents, np.array(weights, np.float32))
    assert weighed.toarray().tolist() == expected
    assert weighed.nnz == entries
    assert weighed.dtype == np.float32


def test_tfidf_weights_are_those_of_scikit_learn_times_the_roots_of_the_ratios():
    documents = csr_matrix(np.array([[1, 1, 0], [3, 0, 0], [0, 1, 1], [0, 1, 1]], np.float32))
    labels = np.array([1, 1, 0, 0])
    weights = bagofwords.column_weights("naive-bayes-tfidf", documents, labels)
    idf = TfidfTransformer().fit(documents).idf_
    np.testing.assert_allclose(
        weights, np.sqrt(np.abs(bagofwords.log_count_ratios(documents, labels))) * idf, rtol=1e-6
    )
    assert weights.dtype == np.float32
    assert bagofwords.column_weights("none", documents, labels) is None


@given(st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), min_size=1, max_size=5))
def test_normalised_rows_are_those_of_scikit_learn_in_any_company(rows):
    documents = csr_matrix(np.array(rows, np.float32))
    together = bagofwords.normalise(documents.copy())
    np.testing.assert_allclose(together.toarray(), normalize(documents).toarray(), rtol=1e-6)
    alone = [bagofwords.normalise(documents[number].copy()).toarray()[0].tolist() for number in range(len(rows))]
    assert together.toarray().tolist() == alone
