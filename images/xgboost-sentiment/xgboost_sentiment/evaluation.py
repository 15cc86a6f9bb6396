"""What held-out data say of a finished model. Trains nothing but the baselines."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.training import baselines, quality
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context
from textprep.records import Record

from xgboost_sentiment.model import Model
from xgboost_sentiment.prepared import Data, Prepared
from xgboost_sentiment.words import Words

EXPLAINED = 1000  # held-out reviews whose words are looked at
TELLING = 5  # words named of each label


def evaluate(model: Model, prepared: Prepared, context: Context) -> None:
    """Report the metrics of held-out reviews; write the quality of `test`, or else of `validation`."""
    labels = model.manifest.labels
    for name in ("validation", "test"):
        if name not in prepared.data:
            continue
        data = prepared.data[name]
        scores = model.scores(model.scorer.margins(data.matrix))
        held_out = HeldOut(name, labels, data.labels, np.column_stack([1 - scores, scores]))
        quality.report(held_out, context.metrics)
        if name == "test" or "test" not in prepared.data:
            _write(held_out, data, model, prepared, context)


def _write(held_out: HeldOut, unseen: Data, model: Model, prepared: Prepared, context: Context) -> None:
    records, train, words = prepared.held_out[held_out.channel], prepared.data["train"], prepared.encoder
    compared = baselines.predict(words.single(train.matrix), train.labels, words.single(unseen.matrix))

    def contributions(row: csr_matrix) -> NDArray[np.float64]:
        stored = model.scorer.contributions(row).stored
        return np.stack([-stored, stored], axis=1)

    told = telling(held_out.labels, words, unseen.matrix, records, contributions)
    quality.write(held_out, records, compared, told, context)


def telling(
    labels: Sequence[str],
    words: Words,
    matrix: csr_matrix,
    reviews: Sequence[Record],
    contributions: Callable[[csr_matrix], NDArray[np.float64]],
) -> dict[str, list[str]]:
    """Return for each label the words and n-grams that speak most for it, as the first review with them writes them.

    Measured on the first held-out reviews by `contributions`, (n_stored, n_labels) for a matrix of one row, added up;
    those of a word that most reviews have, such as `the`, count for less, because it tells no review from another.
    """
    matrix = matrix[:EXPLAINED]
    columns, positions = np.unique(matrix.indices, return_inverse=True)
    sums, counts = np.zeros((len(columns), len(labels))), np.zeros(len(columns))
    first: dict[int, int] = {}
    for number in range(matrix.shape[0]):
        here = positions[matrix.indptr[number] : matrix.indptr[number + 1]]
        sums[here] += contributions(matrix[number])
        counts[here] += 1
        for position in here.tolist():
            first.setdefault(position, number)
    sums *= 1 - counts[:, None] / matrix.shape[0]
    told = {}
    for label, strength in zip(labels, sums.T, strict=True):
        best = [
            position for position in np.argsort(-strength, kind="stable")[:TELLING].tolist() if strength[position] > 0
        ]
        told[label] = [words.names(reviews[first[position]].text, [int(columns[position])])[0] for position in best]
    return told
