"""The C code beside the Python code on all 50,000 reviews of IMDB: every word and every row."""

import os
from pathlib import Path

import numpy as np
import pytest
from textprep import core
from textprep.clean import clean
from textprep.pipeline import Pipeline, Specification
from textprep.tokens import RULES, tokens

from driver.data import imdb

pytestmark = [pytest.mark.full_data, pytest.mark.long]


@pytest.fixture(scope="module")
def reviews():
    archive = Path(os.environ["DATA_SETS"], "imdb", "aclImdb_v1.tar.gz")
    return [text for half in ("train", "test") for _, text in imdb.read(archive, half)]


def test_every_word_is_that_of_the_python_code(reviews):
    cleaned = [clean(text) for text in reviews]
    assert len(cleaned) == 50_000
    for rule in RULES:
        words, ids, lengths = core.split(reviews, rule)
        documents = np.split(np.array(words, object)[ids], np.cumsum(lengths)[:-1])
        for text, document in zip(cleaned, documents, strict=True):
            assert document.tolist() == tokens(text, rule)


def test_every_row_is_that_of_the_python_code(reviews, monkeypatch):
    pipeline, _ = Pipeline.fit(Specification(), reviews[:25_000], [number % 2 for number in range(25_000)])
    found = [pipeline.transform(reviews, workers) for workers in (1, 2)]
    monkeypatch.setattr(core, "AVAILABLE", False)
    expected = pipeline.transform(reviews)
    for matrix in found:
        for name in ("data", "indices", "indptr"):
            assert getattr(matrix, name).tobytes() == getattr(expected, name).tobytes()


def test_every_score_is_that_of_its_row(reviews):
    specification = Specification(tokens=3, weighting="naive-bayes-tfidf", norm="l2")
    pipeline, _ = Pipeline.fit(specification, reviews[:25_000], [number % 2 for number in range(25_000)])
    weights = np.random.default_rng(6).normal(size=pipeline.n_features).astype(np.float32)
    scorer = pipeline.scorer(weights, 0.5)
    margins = scorer.margins(reviews)
    assert margins == pytest.approx(pipeline.transform(reviews).astype(np.float64) @ weights + 0.5, rel=1e-6, abs=1e-6)
    assert margins == [margin for margin, *_ in scorer.explain(reviews, 10)]
