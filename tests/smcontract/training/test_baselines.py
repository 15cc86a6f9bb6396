import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from smcontract.training import baselines


def texts(n_texts, n_labels, seed=0):
    """Rows of 60 words, of which a label's own are more frequent, and the labels."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_labels, n_texts)
    often = np.arange(60) % n_labels == labels[:, None]
    return csr_matrix((random.random((n_texts, 60)) < 0.1 + 0.15 * often).astype(np.float32)), labels


def test_the_regression_is_scikit_learns():
    (train, labels), (unseen, truth) = texts(400, 3), texts(200, 3, seed=1)
    ours = baselines.logistic_regression(train, labels.astype(np.float32), unseen)
    theirs = LogisticRegression().fit(train, labels).predict(unseen)
    assert np.mean(ours == theirs) > 0.99
    assert np.mean(ours == truth) > 0.6


def test_there_are_two_baselines_and_one_where_labels_are_many():
    train, labels = texts(300, 3)
    labels[:200] = 2
    found = baselines.predict(train, labels, train[:5])
    assert list(found) == ["most frequent label", "logistic regression on the words"]
    assert found["most frequent label"].tolist() == [2] * 5
    many = np.arange(300) % (baselines.MOST_LABELS + 1)
    assert list(baselines.predict(train, many, train[:5])) == ["most frequent label"]
