"""What held-out data say of a finished model. Trains nothing but the baselines."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from smcontract.training import baselines, quality
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context
from textprep.records import Record
from textprep.sequences import UNKNOWN

from headline_mxnet import explain
from headline_mxnet.model import Model
from headline_mxnet.prepared import Data, Prepared

EXPLAINED = 1000  # held-out headlines whose words are left out in turn
TELLING = 20  # words named of each category
CHOSEN = "the epoch was chosen by these records: expect a little less on others, or give a test channel"


def evaluate(model: Model, prepared: Prepared, context: Context) -> None:
    """Report the metrics of held-out data; of headlines also write the quality of `test`, or else of `validation`."""
    context.evaluation.data |= prepared.facts
    names = [name for name in ("validation", "test") if name in prepared.data]
    for name in names:
        data = prepared.data[name]
        probabilities = model.classifier.probabilities(data.words, data.others)
        held_out = HeldOut(name, model.manifest.labels, data.labels, probabilities)
        quality.report(held_out, context, prepared.held_out.get(name, ()))
        if prepared.held_out and name == names[-1]:
            train, n_ids = prepared.data["train"], prepared.encoder.n_ids
            records = prepared.held_out[name]
            compared = baselines.predict(words(train.ids, n_ids), train.labels, words(data.ids, n_ids))
            telling_words = telling(model, held_out, records, data)
            warned = [CHOSEN] if name == "validation" else []
            quality.write(held_out, records, compared, telling_words, context, warned)


def words(ids: NDArray[np.int32], n_ids: int) -> csr_matrix:
    """Return float32 (n_records, n_ids): 1 where a headline has a word that the vocabulary has.

    Example:
        >>> words(np.array([[2, 1, 2, 3], [3, 0, 0, 0]], np.int32), 4).toarray().tolist()
        [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]]
    """
    rows, places = np.nonzero(ids > UNKNOWN)
    matrix = csr_matrix((np.ones(len(rows), np.float32), (rows, ids[rows, places])), shape=(len(ids), n_ids))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def telling(
    model: Model, held_out: HeldOut, headlines: Sequence[Record], data: Data
) -> dict[str, list[tuple[str, float]]]:
    """Return for each category the known words that make the model most certain of it, with what they add.

    Measured on the first held-out headlines as `explain.words` does: by how much the probability of the predicted
    category falls without the word, added up over the headlines; less what it falls in headlines of other categories;
    divided by the number of headlines.
    """
    totals: tuple[Counter[str], ...] = tuple(Counter() for _ in held_out.labels)
    rows = data.words[:EXPLAINED]
    variants = [explain.without_each(row) for row in rows]
    owners = np.repeat(np.arange(len(rows)), list(map(len, variants)))
    if len(owners):
        best = held_out.predicted[owners]
        probabilities = model.classifier.probabilities(np.concatenate(variants), data.others)
        without = probabilities[np.arange(len(owners)), best]
        falls = iter((held_out.probabilities[owners, best] - without).tolist())
        for headline, row, label in zip(headlines, rows, held_out.predicted.tolist(), strict=False):
            for word, number in zip(model.encoder.words(headline.text), row[row > 0].tolist(), strict=False):
                totals[label][word] += next(falls) * (UNKNOWN < number < model.encoder.n_ids)
    anywhere = Counter[str]()
    for total in totals:
        anywhere.update(total)
    named = (sorted(total, key=lambda word: anywhere[word] - 2 * total[word])[:TELLING] for total in totals)
    return {
        label: [(word, (2 * total[word] - anywhere[word]) / len(rows)) for word in best if total[word] > 0]
        for label, best, total in zip(held_out.labels, named, totals, strict=True)
    }
