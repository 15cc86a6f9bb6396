import functools

import numpy as np
import pytest
from nltk.stem.porter import PorterStemmer
from textprep.corpus import Corpus, tokenise
from textprep.stem import STOPPED

from bench import plain


def documents(corpus):
    """Return the stems of each document."""
    return [[corpus.stems[i] for i in ids] for ids in np.split(corpus.ids, np.cumsum(corpus.lengths)[:-1])]


def same(one, other):
    return (
        all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ("ids", "lengths", "word_ids"))
        and one.stems == other.stems
        and one.words == other.words
    )


@pytest.mark.parametrize("stop_words", [frozenset(), frozenset({"a", "the", "t", "and"})])
def test_stems_are_those_of_the_plain_way(reviews, stop_words):
    stem = functools.cache(PorterStemmer().stem)
    expected = [[stem(token) for token in plain.tokens(review) if token not in stop_words] for review in reviews]
    assert documents(Corpus.of(tokenise(reviews), stop_words=stop_words)) == expected


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same(reviews, workers, request):
    stop_words = frozenset({"a", "film"})
    one = Corpus.of(tokenise(reviews), stop_words=stop_words)
    request.getfixturevalue("small_chunks")
    assert same(one, Corpus.of(tokenise(iter(reviews), workers=workers), stop_words=stop_words))


def test_words_know_their_stems():
    corpus = Corpus.of(tokenise(["Films of the film, filmed"]), stop_words=frozenset({"of", "the"}))
    assert corpus.stems == ["film"]
    assert corpus.words == ["films", "of", "the", "film", "filmed"]
    assert corpus.word_ids.tolist() == [0, STOPPED, STOPPED, 0, 0]
    assert (corpus.ids.dtype, corpus.lengths.dtype, corpus.word_ids.dtype) == (np.int32, np.int64, np.int32)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("texts", "lengths"), [([], []), (["", "<br>"], [0, 0]), (["", "the", "good", ""], [0, 0, 1, 0])]
)
def test_nothing_left(texts, lengths, workers):
    corpus = Corpus.of(tokenise(texts, workers=workers), stop_words=frozenset({"the"}))
    assert corpus.lengths.tolist() == lengths
    assert len(corpus.ids) == sum(lengths)
