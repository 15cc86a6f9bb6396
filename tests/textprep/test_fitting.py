import functools
from collections import Counter

import numpy as np
import pytest
from nltk.stem.porter import PorterStemmer
from sklearn.feature_extraction.text import CountVectorizer
from textprep.corpus import tokenise
from textprep.errors import DataError
from textprep.fitting import DOCUMENTS_A_BLOCK, fit
from textprep.pipeline import Pipeline
from textprep.specification import Specification

from bench import plain

_stem = functools.cache(PorterStemmer().stem)


def stems(text):
    return [_stem(token) for token in plain.tokens(text)]


@pytest.mark.parametrize("values", ["presence", "counts"])
@pytest.mark.parametrize("ngram_max", [1, 3])
def test_features_are_those_of_scikit_learn(reviews, ngram_max, values):
    specification = Specification(ngram_max=ngram_max, min_count=2, values=values, weighting="none")
    learned, matrix = fit(specification, tokenise(reviews), None, 1)
    terms = learned.vocabulary.terms
    names = [" ".join(terms[word] for word in learned.ngrams.words(i)) for i in range(learned.ngrams.n_features)]

    every = CountVectorizer(tokenizer=stems, token_pattern=None, lowercase=False, ngram_range=(1, ngram_max))
    counts = every.fit_transform(reviews)
    twice = every.get_feature_names_out()[np.asarray(counts.sum(axis=0))[0] >= 2]
    assert sorted(names) == sorted(twice)
    columns = counts[:, [every.vocabulary_[name] for name in names]]
    assert (matrix != (columns.sign() if values == "presence" else columns)).nnz == 0
    assert len(reviews) > 2 * DOCUMENTS_A_BLOCK


def test_vocabulary_size_counts_words_and_n_grams_together(reviews):
    learned, matrix = fit(Specification(vocabulary_size=50, weighting="none"), tokenise(reviews), None, 1)
    counts = Counter(" ".join(words) for review in reviews for words in _runs(stems(review)))
    kept = [" ".join(learned.vocabulary.terms[i] for i in learned.ngrams.words(feature)) for feature in range(50)]
    assert matrix.shape == (len(reviews), 50)
    assert sorted(counts[name] for name in kept) == sorted(sorted(counts.values())[-50:])
    assert len(learned.vocabulary) < 50


def _runs(words):
    return [words[i : i + n] for n in (1, 2, 3) for i in range(len(words) - n + 1)]


def test_stop_words_go_before_all_else():
    specification = Specification(ngram_max=2, stop_words="english", weighting="none")
    learned, _ = fit(specification, tokenise(["state of the art"] * 2), None, 1)
    assert learned.vocabulary.terms == ("art", "state")
    assert learned.ngrams.words(2) == (1, 0)
    assert learned.words == {"state": 1, "art": 0}


def test_labels_are_looked_at_after_the_last_text():
    labels = []

    def texts():
        for label in (1, 0, 1):
            labels.append(label)
            yield "good film"

    assert Pipeline.fit(Specification(), texts(), labels)[0].learned.weights is not None


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["good"] * 2, None, "need labels"),
        (["good"] * 2, [1], "1 labels for 2 texts"),
        (["good"] * 2, [1, 2], "neither 0 nor 1"),
        (["good", "film"], [1, 0], "no word occurs 2 times in 2 texts"),
        ([], [], "no word occurs 2 times in 0 texts"),
    ],
)
def test_nothing_to_learn_from(texts, labels, message):
    with pytest.raises(DataError, match=message):
        fit(Specification(), tokenise(texts), labels, 1)
