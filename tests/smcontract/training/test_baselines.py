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


def test_there_are_two_baselines_and_the_cost_of_the_second_is_bounded(monkeypatch):
    train, labels = texts(300, 3)
    labels[:200] = 2
    found = baselines.predict(train, labels, train[:5])
    assert list(found) == ["most frequent label", "logistic regression on the words"]
    assert found["most frequent label"].tolist() == [2] * 5
    monkeypatch.setattr(baselines, "MOST_WORK", train.nnz)
    third = baselines.predict(train, labels, train)["logistic regression on the words of one text in 3"]
    assert third.tolist() == baselines.logistic_regression(train[::3], labels[::3], train).tolist()
