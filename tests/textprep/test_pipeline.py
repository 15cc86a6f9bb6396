import json
import subprocess
import sys

import numpy as np
import pytest
from textprep.pipeline import Pipeline, Specification

SPECIFICATIONS = [
    Specification(),
    Specification(min_count=1, ngram_max=2, stop_words="english"),
    Specification(vocabulary_size=40, ngram_max=1, values="counts", weighting="none"),
    Specification(values="counts", vocabulary_size=100),
]

NASTY = [
    "",
    " ",
    "👍🏽 👨‍👩‍👧 最高の映画だ。 cafe\u0301 İSTANBUL ß ǅ ﬁlm",
    "\x00\x01\x1b[31mred\x7f\x85\u2028\ufeff\ud800",
    "< & <3 &amp;amp; &#x; &#1114112; <b <!-- <![foo",
    "<script>alert('film')</script> film <style>",
    "film" * 250_000,
    "good film " * 1_000,
    "unheard-of, unfilmed",
]


def same(one, other):
    return one.shape == other.shape and all(
        getattr(one, name).dtype == getattr(other, name).dtype
        and getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in ("data", "indices", "indptr")
    )


@pytest.fixture(scope="session", params=SPECIFICATIONS, ids=str)
def fitted(request, reviews, labels):
    return Pipeline.fit(request.param, iter(reviews), labels)


def test_transform_gives_what_fit_gave(fitted, reviews):
    pipeline, matrix = fitted
    assert same(pipeline.transform(iter(reviews)), matrix)
    assert matrix.dtype == np.float32
    assert matrix.has_canonical_format
    assert matrix.data.all()


def test_a_text_has_the_same_features_alone_and_among_others(fitted, reviews):
    pipeline, _ = fitted
    texts = [*NASTY, *reviews[:20]]
    together = pipeline.transform(texts)
    assert together.shape == (len(texts), pipeline.n_features)
    for row, text in enumerate(texts):
        assert same(pipeline.transform([text]), together[row])


def test_what_is_saved_transforms_the_same(fitted, reviews, tmp_path):
    pipeline, _ = fitted
    pipeline.transform(NASTY)  # remembers words, which must not be saved
    pipeline.save(tmp_path)
    loaded = Pipeline.load(tmp_path)
    assert loaded.fingerprint == pipeline.fingerprint
    assert same(loaded.transform(reviews + NASTY), pipeline.transform(reviews + NASTY))


def test_any_number_of_workers_gives_the_same(fitted, reviews, labels, small_chunks):
    pipeline, matrix = fitted
    specification = pipeline.learned.specification
    workers = 2 + SPECIFICATIONS.index(specification) % 2
    other, other_matrix = Pipeline.fit(specification, iter(reviews), labels, workers=workers)
    assert other.fingerprint == pipeline.fingerprint
    assert same(other_matrix, matrix)
    assert same(pipeline.transform(iter(reviews + NASTY), workers=workers), pipeline.transform(reviews + NASTY))


def test_no_text_gives_no_row(fitted):
    pipeline, _ = fitted
    assert pipeline.transform([]).shape == (0, pipeline.n_features)


def test_feature_names_are_the_stems():
    pipeline, _ = Pipeline.fit(Specification(weighting="none"), ["Not good films"] * 2, None)
    assert pipeline.feature_names(np.arange(6)) == ["film", "good", "not", "good film", "not good", "not good film"]


def test_weights_multiply_presence():
    texts = ["good film", "good good", "film"]
    specification = Specification(ngram_max=1, min_count=1)
    pipeline, matrix = Pipeline.fit(specification, texts, [1, 1, 0])
    good = np.log((3 / 5) / (1 / 3))  # of 2 + 1 positive texts and no negative one; with one more of each feature
    film = np.log((2 / 5) / (2 / 3))
    assert pipeline.feature_names(range(2)) == ["good", "film"]
    np.testing.assert_allclose(matrix.toarray(), [[good, film], [good, 0], [0, film]], rtol=1e-6)


STEMMERS = """
import json, pathlib, sys
from textprep import stem
from textprep.pipeline import Pipeline
folder = pathlib.Path(sys.argv[1])
pipeline = Pipeline.load(folder)
for texts in (json.loads((folder / "reviews.json").read_text()), ["unheard"]):
    pipeline.transform(texts)
    print(stem._stemmer.cache_info().misses)
"""


def test_words_of_the_corpus_need_no_stemmer(reviews, labels, tmp_path):
    Pipeline.fit(Specification(), reviews, labels)[0].save(tmp_path)
    (tmp_path / "reviews.json").write_text(json.dumps(reviews))
    process = subprocess.run([sys.executable, "-c", STEMMERS, tmp_path], check=True, capture_output=True, text=True)
    assert process.stdout.split() == ["0", "1"]
