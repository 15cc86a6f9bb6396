"""What held-out data say of a finished model. Trains nothing but the baselines."""

from collections.abc import Sequence

import numpy as np
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
    quality.write(held_out, records, compared, telling(model, words, unseen.matrix, records), context)


def telling(model: Model, words: Words, matrix: csr_matrix, reviews: Sequence[Record]) -> dict[str, list[str]]:
    """Return for each label the words and n-grams that speak most for it, as the first review with them writes them.

    Measured by their contributions to the scores of the first held-out reviews (see `Model.predict`), added up; those
    of a word that most reviews have, such as `the`, count for less, because it tells no review from another.
    """
    sums, counts = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    first: dict[int, int] = {}
    for number in range(min(len(reviews), EXPLAINED)):
        row = matrix[number]
        sums[row.indices] += model.scorer.contributions(row).stored
        counts[row.indices] += 1
        for column in row.indices.tolist():
            first.setdefault(column, number)
    sums *= 1 - counts / min(len(reviews), EXPLAINED)
    told = {}
    for label, strength in zip(model.manifest.labels, (-sums, sums), strict=True):
        columns = [column for column in np.argsort(-strength, kind="stable")[:TELLING].tolist() if strength[column] > 0]
        told[label] = [words.names(reviews[first[column]].text, [column])[0] for column in columns]
    return told
