"""Learns vocabulary, n-grams and weights from a corpus. `Pipeline.fit` is its public face."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from textprep import bagofwords
from textprep.corpus import Corpus, Tokens
from textprep.errors import DataError
from textprep.learned import Learned
from textprep.ngrams import Ids, Integers, NGrams, with_gaps
from textprep.parallel import ordered_map
from textprep.specification import Specification
from textprep.stem import STOPPED, UNKNOWN
from textprep.vocabulary import Vocabulary

DOCUMENTS_A_BLOCK = 500
"""Documents made into features at a time, so that memory beside the result does not grow with their number."""


def fit(
    specification: Specification, tokens: Tokens, labels: Sequence[int] | None, workers: int
) -> tuple[Learned, csr_matrix]:
    """Return what is to be learned from texts, and their features. See `Pipeline.fit`."""
    size, min_count = specification.vocabulary_size, specification.min_count
    corpus = Corpus.of(tokens, stop_words=specification.removed_words, language=specification.language)
    counts = np.bincount(corpus.ids, minlength=len(corpus.stems)).tolist()
    vocabulary = Vocabulary.from_counts(corpus.stems, counts, size=size, min_count=min_count)
    ids, lengths = with_gaps(vocabulary.ids_of(corpus.stems)[corpus.ids], corpus.lengths)
    ngrams = NGrams.learn(ids, longest=specification.ngram_max, min_count=min_count, size=size)
    if not ngrams.n_features:
        raise DataError(f"no word occurs {min_count} times in {len(lengths)} texts; give more text")
    vocabulary = vocabulary.first(ngrams.n_unigrams)
    ids[ids >= len(vocabulary)] = UNKNOWN
    plain = replace(specification, weighting="none", norm="none")
    learned = Learned(plain, vocabulary, ngrams, None, _words(corpus, vocabulary))
    with ordered_map(workers) as run:
        matrix = learned.matrix(run(lambda block: learned.rows(*block), _blocks(ids, lengths)))
    return weigh(learned, matrix, labels, specification)


def weigh(
    learned: Learned, matrix: csr_matrix, labels: Sequence[int] | None, wanted: Specification
) -> tuple[Learned, csr_matrix]:
    """Add the weights and the norm of `wanted` to what was learned without, and to its features, in place."""
    weights = None
    if wanted.weighting != "none":
        weights = bagofwords.column_weights(wanted.weighting, matrix, _check(labels, matrix.shape[0]))
    specification = replace(learned.specification, weighting=wanted.weighting, norm=wanted.norm)
    learned = replace(learned, specification=specification, weights=weights)
    return learned, learned.weighted(matrix)


def _words(corpus: Corpus, vocabulary: Vocabulary) -> dict[str, int]:
    """Return every word of the corpus but the stop words -> its unigram, or `UNKNOWN`."""
    kept = corpus.word_ids != STOPPED
    ids = vocabulary.ids_of(corpus.stems)[corpus.word_ids[kept]]
    return dict(zip(compress(corpus.words, kept), ids.tolist(), strict=True))


def _blocks(ids: Ids, lengths: Integers) -> Iterator[tuple[Ids, Integers]]:
    starts = range(DOCUMENTS_A_BLOCK, len(lengths), DOCUMENTS_A_BLOCK)
    ends = np.cumsum(lengths)
    return zip(np.split(ids, [ends[start - 1] for start in starts]), np.split(lengths, starts), strict=True)


def _check(labels: Sequence[int] | None, n_texts: int) -> NDArray[np.int64]:
    if labels is None:
        raise DataError("naive-Bayes weights need labels; give 0 or 1 for each text, or choose the weighting none")
    if len(labels) != n_texts:
        raise DataError(f"{len(labels)} labels for {n_texts} texts; give one label for each text")
    if not np.isin(labels, (0, 1)).all():
        raise DataError("a label is neither 0 nor 1; naive-Bayes weights are for two classes")
    return np.array(labels, np.int64)
