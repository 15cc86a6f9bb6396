"""A linear model that takes texts, beside the rows of these texts times its weights."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textprep import core
from textprep.pipeline import Pipeline, Specification

from tests.textprep.test_core import TEXTS

BASE, MOST = -0.25, 4
SPECIFICATIONS = [
    Specification(ngram_max=4, min_count=1),
    Specification(ngram_max=3, stop_words="english"),
    Specification(30, ngram_max=1, weighting="none", norm="l2"),
    Specification(tokens=3, weighting="naive-bayes-tfidf", norm="l2"),
]


@pytest.fixture(scope="module", params=SPECIFICATIONS, ids=str)
def pipeline(request, reviews, labels):
    return Pipeline.fit(request.param, reviews, labels)[0]


@pytest.fixture(scope="module")
def weights(pipeline):
    weights = np.random.default_rng(3).normal(size=pipeline.n_features).astype(np.float32)
    weights[::5] = 0.5  # some contribute alike, and some nothing
    weights[1::7] = 0
    return weights


def plain(pipeline, weights, texts):
    """Yield margin, rest and the contributions that are named, by way of rows."""
    rows = pipeline.rows(texts)
    for start, end in pairwise(rows.starts.tolist()):
        each = rows.values[start:end].astype(np.float64) * weights[rows.features[start:end]]
        top = each[np.argsort(-abs(each), kind="stable")[:MOST]]
        yield BASE + each.sum(), each.sum() - top.sum(), top


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS, numbers=st.lists(st.integers(0, 1_299), max_size=3))
def test_scores_are_those_of_the_rows(pipeline, weights, reviews, texts, numbers):
    texts = [*texts, *(reviews[number] + "".join(texts) for number in numbers)]
    scorer = pipeline.scorer(weights, BASE)
    expected = list(plain(pipeline, weights, texts))
    explained = scorer.explain(texts, MOST)
    assert scorer.margins(texts) == [one[0] for one in explained]
    for (margin, rest, names, contributions), (its_margin, its_rest, top) in zip(explained, expected, strict=True):
        assert margin == pytest.approx(its_margin, rel=1e-6, abs=1e-6)
        assert rest == pytest.approx(its_rest, rel=1e-6, abs=1e-6)
        assert contributions == pytest.approx(top.tolist(), rel=1e-6)
        assert len(names) == len(contributions)


def test_a_text_scores_the_same_in_any_company_and_process(pipeline, weights, reviews):
    scorer = pipeline.scorer(weights, BASE)
    assert scorer.margins(reviews) == [scorer.margins([review])[0] for review in reviews]
    assert scorer.margins([]) == scorer.explain([], MOST) == []


def test_long_texts_leave_nothing_for_the_next(pipeline, weights, reviews):
    scorer = pipeline.scorer(weights, BASE)
    before = scorer.explain(reviews[:5], MOST)
    scorer.margins(["good film " * 20_000, "word\U00011038 " * 10])
    assert scorer.explain(reviews[:5], MOST) == before


def test_features_are_named_as_they_first_stand_in_the_text():
    texts = ["Good FILMS and the film", "bad"] * 3
    specification = Specification(ngram_max=2, min_count=1, stop_words="english", weighting="none")
    pipeline, _ = Pipeline.fit(specification, texts, None)
    names = pipeline.feature_names(range(pipeline.n_features))
    weights = np.array([{"good film": 3, "film": 2, "film film": -1}.get(name, 0) for name in names], np.float32)
    [(margin, rest, words, contributions)] = pipeline.scorer(weights, 0.5).explain(
        ["The GOOD <b>film</b>; the films"], 3
    )
    assert (words, contributions) == (["good film", "film", "film films"], [3, 2, -1])
    assert (margin, rest) == (4.5, 0)


def test_counts_and_the_python_code_make_rows(reviews, labels, monkeypatch):
    counted, _ = Pipeline.fit(Specification(values="counts"), reviews, labels)
    assert counted.scorer(np.zeros(counted.n_features, np.float32), 0) is None
    monkeypatch.setattr(core, "AVAILABLE", False)
    plain_one, _ = Pipeline.fit(Specification(), reviews, labels)
    assert plain_one.scorer(np.zeros(plain_one.n_features, np.float32), 0) is None


def test_weights_of_another_pipeline_are_refused(pipeline, weights):
    with pytest.raises(ValueError, match=r"does not hold|weights for"):
        pipeline.scorer(weights[1:], 0)
    with pytest.raises(ValueError, match=r"does not hold|weights for"):
        pipeline.scorer(np.append(weights, np.float32(1)), 0)
    with pytest.raises(TypeError, match="text 0 is int, not a str"):
        pipeline.scorer(weights, 0).margins([5])
