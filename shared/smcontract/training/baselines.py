"""What a model is compared with: the most frequent label, and a logistic regression on the words. Knows no texts."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from smcontract.training.lbfgs import minimize

MOST_WORK = 2 * 10**7  # words of texts x labels: more would cost over a tenth of the training time
ROUNDS = 20  # at most, of L-BFGS: by then the accuracy on unseen texts hardly moves

Integers = NDArray[np.int64]


def predict(words: csr_matrix, labels: NDArray[Any], unseen: csr_matrix) -> dict[str, Integers]:
    """Return by the name of each baseline what it predicts for the rows of `unseen`, int64 (n_unseen,).

    `words` and `unseen` are 1 where a text has a word; `labels` are numbers from 0. The logistic regression is trained
    on so many of the texts, evenly spread, that it stays below MOST_WORK; its name says how many.
    """
    found = {"most frequent label": np.full(unseen.shape[0], np.bincount(labels.astype(np.int64)).argmax(), np.int64)}
    step = math.ceil(words.nnz * (int(labels.max()) + 1) / MOST_WORK) or 1
    name = "logistic regression on the words" + (f" of one text in {step}" if step > 1 else "")
    found[name] = logistic_regression(words[::step], labels[::step], unseen)
    return found


def logistic_regression(words: csr_matrix, labels: NDArray[Any], unseen: csr_matrix) -> Integers:
    """Train on rows of words; return the labels that other rows then get.

    Multinomial, with an L2 penalty of half the sum of the squared weights, that of the intercept left out, beside the
    sum of the records' losses: scikit-learn's LogisticRegression with its defaults.

    Example:
        >>> words = csr_matrix([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]])
        >>> logistic_regression(words, np.array([0, 0, 1, 1]), words[:3]).tolist()
        [0, 0, 1]
    """
    truth = np.eye(int(labels.max()) + 1)[labels.astype(np.int64)]
    rows, shape = words.astype(np.float64), (words.shape[1] + 1, truth.shape[1])
    columns = rows.T.tocsr()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape)
        margins = rows @ weights[:-1] + weights[-1]
        margins -= margins.max(axis=1, keepdims=True)  # so that no exponential overflows
        logs = margins - np.log(np.exp(margins).sum(axis=1, keepdims=True))
        wrong = np.exp(logs) - truth
        gradient = np.vstack([columns @ wrong + weights[:-1], wrong.sum(axis=0)])
        return 0.5 * float((weights[:-1] ** 2).sum()) - float((logs * truth).sum()), gradient.ravel()

    weights = minimize(loss, np.zeros(shape).ravel(), ROUNDS).reshape(shape)
    best: Integers = (unseen @ weights[:-1] + weights[-1]).argmax(axis=1)
    return best
