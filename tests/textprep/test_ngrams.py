from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textprep.ngrams import NGrams, with_gaps

DOCUMENTS = st.lists(st.lists(st.integers(-1, 4), max_size=12), max_size=5)


def numbered(documents):
    """Return `documents` with their words numbered by falling frequency, negative ones untouched, and as one array."""
    counts = Counter(word for document in documents for word in document if word >= 0)
    number = {word: i for i, word in enumerate(sorted(counts, key=lambda word: (-counts[word], word)))}
    documents = [[number.get(word, -1) for word in document] for document in documents]
    flat = np.array([word for document in documents for word in document], np.int32)
    return documents, with_gaps(flat, np.array([len(document) for document in documents], np.int64))[0]


def grams(document, n):
    runs = (tuple(document[i : i + n]) for i in range(len(document) - n + 1))
    return [run for run in runs if min(run) >= 0]


@given(DOCUMENTS, st.integers(1, 4), st.integers(1, 3), st.integers(1, 20))
def test_keeps_the_most_frequent(documents, longest, min_count, size):
    documents, ids = numbered(documents)
    counts = Counter(gram for document in documents for n in range(1, longest + 1) for gram in grams(document, n))
    frequent = [gram for gram in counts if counts[gram] >= min_count or len(gram) == 1]
    ngrams = NGrams.learn(ids, longest=longest, min_count=min_count, size=size)
    learned = [ngrams.words(feature) for feature in range(ngrams.n_features)]
    assert len(learned) == min(size, len(frequent))
    assert [len(gram) for gram in learned] == sorted(len(gram) for gram in learned)
    # Which of equally frequent ones of one length are kept, the next test tells.
    assert Counter((counts[gram], len(gram)) for gram in learned) == Counter(
        (counts[gram], len(gram)) for gram in sorted(frequent, key=lambda gram: (-counts[gram], len(gram)))[:size]
    )
    ngrams.check()


def test_among_equals_shorter_ones_stay_and_then_those_of_more_frequent_words():
    documents = [[0, 1, 2], [0, 1, 2], [0, 3], [0, 3]]
    _, ids = numbered(documents)
    kept = [NGrams.learn(ids, longest=3, min_count=2, size=size) for size in (5, 6, 7, 8)]
    names = [{ngrams.words(feature) for feature in range(ngrams.n_features)} for ngrams in kept]
    assert names[0] == {(0,), (1,), (2,), (3,), (0, 1)}
    assert [more - fewer for fewer, more in pairwise(names)] == [{(0, 3)}, {(1, 2)}, {(0, 1, 2)}]


@given(DOCUMENTS, DOCUMENTS, st.integers(1, 4), st.integers(1, 20))
def test_finds_every_feature_where_it_stands(corpus, documents, longest, size):
    _, ids = numbered(corpus)
    ngrams = NGrams.learn(ids, longest=longest, min_count=1, size=size)
    features = {ngrams.words(feature): feature for feature in range(ngrams.n_features)}
    documents = [[word if word < ngrams.n_unigrams else -1 for word in document] for document in documents]
    flat = [word for document in documents for word in [*document, -1]]
    found = Counter(
        (position, feature)
        for positions, level in ngrams.find(np.array(flat, np.int32))
        for position, feature in zip(positions.tolist(), level.tolist(), strict=True)
    )
    expected = Counter(
        (position, features[tuple(flat[position : position + n])])
        for position in range(len(flat))
        for n in range(1, longest + 1)
        if tuple(flat[position : position + n]) in features and position + n <= len(flat)
    )
    assert found == expected


def test_keys_of_ten_million_words_do_not_overflow():
    n = 10_000_000
    bigram = (n - 1) * (n + 1) + (n - 1)
    trigram = 0 * (n + 1) + (n - 1)  # the first of the bigrams, then the last word
    ngrams = NGrams(n, (np.array([bigram]), np.array([trigram])))
    ngrams.check()
    assert ngrams.words(n + 1) == (n - 1, n - 1, n - 1)
    levels = [features.tolist() for _, features in ngrams.find(np.array([n - 1, n - 1, n - 1, -1], np.int32))]
    assert [sorted(level) for level in levels] == [[n - 1] * 3, [n] * 2, [n + 1]]


@pytest.mark.parametrize("keys", [[-1, 1], [1, 0], [1, 1], [6], [2], [5]])
def test_keys_that_cannot_be_are_refused(keys):
    with pytest.raises(ValueError, match="2-grams"):  # of two unigrams; 2 and 5 would end in a gap
        NGrams(2, (np.array(keys),)).check()
