"""What held-out data say of a finished model. Trains nothing but the baselines."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.training import baselines, quality
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context
from textprep.pipeline import Rows
from textprep.records import Record

from xgboost_sentiment.model import Model
from xgboost_sentiment.prepared import Data, Prepared
from xgboost_sentiment.words import Words

EXPLAINED = 1000  # held-out reviews whose words are looked at
TELLING = 20  # words named of each label


def evaluate(model: Model, prepared: Prepared, context: Context) -> None:
    """Report the metrics of held-out reviews; write the quality of `test`, or else of `validation`."""
    labels = model.manifest.labels
    describe(prepared, context)
    for name in ("validation", "test"):
        if name not in prepared.data:
            continue
        data = prepared.data[name]
        scores = model.scores(model.scorer.margins(rows(data.matrix))[:, 0])
        held_out = HeldOut(name, labels, data.labels, np.column_stack([1 - scores, scores]))
        quality.report(held_out, context, prepared.held_out[name])
        if name == "test" or "test" not in prepared.data:
            _write(held_out, data, model, prepared, context)


def describe(prepared: Prepared, context: Context) -> None:
    """Keep what there is to say of the channels."""
    for name, facts in prepared.facts.items():
        records = prepared.held_out.get(name, [])[:EXPLAINED]
        unknown = prepared.encoder.unknown([record.text for record in records])
        context.evaluation.data[name] = {**facts, "unknown_words": unknown}


def rows(matrix: csr_matrix) -> Rows:
    """Return a matrix as scorers take it."""
    return Rows(matrix.indptr, matrix.indices, matrix.data)


def _write(held_out: HeldOut, unseen: Data, model: Model, prepared: Prepared, context: Context) -> None:
    records, train, words = prepared.held_out[held_out.channel], prepared.data["train"], prepared.encoder
    compared = baselines.predict(words.single(train.matrix), train.labels, words.single(unseen.matrix))
    looked_at = unseen.matrix[:EXPLAINED]
    explained = (one.stored for one in model.scorer.contributions(rows(looked_at), 0))
    each = (np.stack([-stored, stored], axis=1) for stored in explained)
    told = telling(held_out.labels, words, looked_at, records, each)
    quality.write(held_out, records, compared, told, context)


def telling(
    labels: Sequence[str],
    words: Words,
    matrix: csr_matrix,
    reviews: Sequence[Record],
    contributions: Iterable[NDArray[np.float64]],
) -> dict[str, list[tuple[str, float]]]:
    """Return for each label the words and n-grams that speak most for it, as the first review with them writes them.

    With each comes its strength, the sum below divided by the number of reviews.

    Measured on the first EXPLAINED held-out reviews: the `contributions` of their rows, each (n_stored, n_labels), are
    added up; those of a word that most reviews have, such as `the`, count for less, as it tells no review from another.
    """
    columns, positions = np.unique(matrix.indices, return_inverse=True)
    sums, counts = np.zeros((len(columns), len(labels))), np.zeros(len(columns))
    first: dict[int, int] = {}
    for number, strengths in enumerate(contributions):
        here = positions[matrix.indptr[number] : matrix.indptr[number + 1]]
        sums[here] += strengths
        counts[here] += 1
        for position in here.tolist():
            first.setdefault(position, number)
    sums *= 1 - counts[:, None] / matrix.shape[0]
    told = {}
    for label, strength in zip(labels, sums.T, strict=True):
        best = [
            position for position in np.argsort(-strength, kind="stable")[:TELLING].tolist() if strength[position] > 0
        ]
        told[label] = [
            (words.names(reviews[first[position]].text, [int(columns[position])])[0],
             float(strength[position]) / matrix.shape[0])
            for position in best
        ]  # fmt: skip
    return told
