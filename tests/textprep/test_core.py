"""The C code beside the Python code that it stands in for: equal on everything, and what only it does."""

import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from html.entities import html5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textprep import core, corpus
from textprep.clean import clean
from textprep.corpus import Corpus, tokenise
from textprep.pipeline import Pipeline, Specification
from textprep.sequences import Sequences
from textprep.tokens import MARKS, RULES, tokens
from textprep.vocabulary import Vocabulary

from tests.growth import LINEAR, growth
from tests.textprep.test_clean import ANY_TEXT, FRAGMENTS, LEAF, element
from tests.textprep.test_tokens import ANY_TEXT as ANY_WORDS

MARKUP = st.recursive(LEAF, element, max_leaves=12) | st.lists(FRAGMENTS, max_size=12).map("".join)
REFERENCES = st.sampled_from(sorted(html5)).map("&{}".format) | st.integers(0, 0x110010).map("&#{};".format)
TEXTS = st.lists(ANY_TEXT | ANY_WORDS | MARKUP | st.text("aé&;#x1 <>-!/", max_size=30) | REFERENCES, max_size=6)


@pytest.fixture
def plain(monkeypatch):
    """Return a function that runs another with the Python code alone."""

    def run(function, *arguments):
        with monkeypatch.context() as patch:
            patch.setattr(core, "AVAILABLE", False)
            return function(*arguments)

    return run


def split(texts, rule):
    """Return the words of each text as the C code has them."""
    words, ids, lengths = core.split(texts, rule)
    return [[words[word] for word in document] for document in np.split(ids, np.cumsum(lengths)[:-1])]


def python(texts, rule):
    return [tokens(clean(text), rule) for text in texts]


def test_it_is_there():
    assert core.AVAILABLE


@settings(deadline=None, max_examples=400)
@given(TEXTS, st.sampled_from(RULES))
def test_words_are_those_of_the_python_code(texts, rule):
    joined = ["".join(texts), " ".join(texts), *texts]
    expected = python(joined, rule)
    assert split(joined, rule) == expected
    words, _, _ = core.split(joined, rule)
    assert words == list(dict.fromkeys(word for document in expected for word in document))


def test_characters_that_join_the_one_before_are_left_to_the_python_code():
    classes, _ = core._characters()
    for point in range(0x110000):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and (second := int(parts[1], 16)) < 0x10000:
            assert classes[second] in (core._CONTINUES, core._HARD)


@pytest.mark.parametrize(
    "text", ["It's “naïve” – a £5 film… <br/>&eacute;t&#233; ™ 👍🏽", "Отличный фильм", "最高の映画だ"]
)
def test_ordinary_text_needs_no_python_code(text, monkeypatch):
    monkeypatch.setattr(core, "_plain", lambda rule: lambda text: pytest.fail("left to the Python code"))
    assert core.split([text * 3], 2)[0] == list(dict.fromkeys(tokens(clean(text * 3))))


def test_marks_of_a_rule_are_words(monkeypatch):
    monkeypatch.setitem(MARKS, 90, "!&<")
    words, ids, _ = core.split(["wow!! a&b &lt;3 <b>so&excl;"], 90)
    assert [words[word] for word in ids] == ["wow", "!", "!", "a", "&", "b", "<", "3", "so", "!"]


def rows_are_equal(one, other):
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


SPECIFICATIONS = [
    Specification(ngram_max=4, min_count=1),
    Specification(ngram_max=2, stop_words="english", values="counts"),
    Specification(30, ngram_max=1, weighting="none", values="counts"),
    Specification(tokens=1, language="german", weighting="none"),
    Specification(tokens=3, weighting="naive-bayes-tfidf", norm="l2"),
    Specification(values="counts", norm="l2"),
]


@pytest.fixture(scope="module", params=SPECIFICATIONS, ids=str)
def pipeline(request, reviews, labels):
    return Pipeline.fit(request.param, reviews, labels)[0]


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS, numbers=st.lists(st.integers(0, 1_299), max_size=3))
def test_rows_are_those_of_the_python_code(pipeline, reviews, texts, numbers):
    given_texts = [*texts, *(reviews[number] + "".join(texts) for number in numbers)]
    found = pipeline.rows(given_texts)
    available, core.AVAILABLE = core.AVAILABLE, False  # a fixture would be made once for all examples
    try:
        expected = pipeline.rows(given_texts)
    finally:
        core.AVAILABLE = available
    assert rows_are_equal(found, expected)


def test_fitting_is_that_of_the_python_code(pipeline, reviews, labels, plain):
    fitted, matrix = plain(Pipeline.fit, pipeline.learned.specification, reviews, labels)
    assert fitted.fingerprint == pipeline.fingerprint
    assert (matrix != pipeline.transform(reviews)).nnz == 0


def test_sequences_are_those_of_the_python_code(reviews, plain):
    found = Sequences.fit(reviews, max_length=12, size=60, min_count=3)
    assert found == plain(lambda: Sequences.fit(reviews, max_length=12, size=60, min_count=3))
    assert found.encode(reviews).tobytes() == plain(found.encode, reviews).tobytes()
    assert found.encode([]).shape == (0, 12)


def test_one_object_serves_many_threads(pipeline, reviews):
    generator = random.Random(14)
    texts = [f"{review} unheard{generator.randrange(300)}" for review in reviews]
    batches = [generator.sample(texts, 200) for _ in range(12)]
    fresh = Pipeline._of(pipeline.learned, pipeline.fingerprint)
    with ThreadPoolExecutor(4) as pool:
        for found, batch in zip(pool.map(fresh.rows, batches), batches, strict=True):
            assert rows_are_equal(found, pipeline.rows(batch))


def test_words_are_remembered_within_bounds():
    asked = []

    def resolve(words):
        asked.append(words)
        return np.arange(len(words), dtype=np.int32)

    numbers = core.Numbers(2, {"film": 7}, resolve, spare=2)
    assert numbers.of([f"a film a b c {'y' * 1000}"])[0].tolist() == [0, 7, 0, 1, 2, 3]
    assert numbers.of(["c b a"])[0].tolist() == [0, 1, 0]
    assert asked == [["a", "b", "c", "y" * 1000], ["c"]]


def test_what_is_not_text_is_refused(pipeline):
    with pytest.raises(TypeError, match=r"^text 1 is int, not a str$"):
        pipeline.rows(["good", 5])
    with pytest.raises(ValueError, match="does not hold"):
        core.Numbers(2, {}, lambda words: np.zeros(1, np.int32)).of(["two words"])
    with pytest.raises(KeyError, match="stem"):
        core.Numbers(2, {}, lambda words: {}["stem"]).of(["two words"])


@pytest.mark.parametrize(
    "unit", ["<a ", "<!--", "--><!--", "&#1", "&a", "&amp", "a", "é", "y ", "<!-->", "&#x", "a\u0301"]
)
@pytest.mark.parametrize("start", ["", "最", "😀"])
def test_the_time_grows_with_the_length_alone(start, unit):
    assert growth(lambda text: core.split([text], 2), lambda n: start + unit * n) < LINEAR


def test_chunks_do_not_matter(reviews, monkeypatch):
    one = Corpus.of(tokenise(reviews), stop_words=frozenset())
    monkeypatch.setattr(corpus, "CHUNK", 5_000)
    other = Corpus.of(tokenise(reviews, workers=3), stop_words=frozenset())
    assert (one.words, one.ids.tobytes()) == (other.words, other.ids.tobytes())


def test_an_encoder_takes_any_row(plain):
    sequences = Sequences(Vocabulary(("film", "good"), (9, 4)), max_length=3)
    texts = ["good film, good film", "", "bad"]
    expected = [[3, 2, 3], [0, 0, 0], [1, 0, 0]]
    assert sequences.encode(texts).tolist() == plain(sequences.encode, texts).tolist() == expected
