import fasttext
import pytest
from blazingtext_client.subwords import Subwords
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = ["film", "café", "電影", "великий", "😀", "é", "<b>", "ẞ", "a", "İstanbul", "e\u0301", "x" * 40]


def buckets(model, word):
    known = model.get_word_id(word) >= 0
    return [row - len(model.words) for row in model.get_subwords(word)[1].tolist()][known:]


@pytest.fixture(scope="module", params=[(3, 6), (1, 4), (2, 2)])
def pair(request, corpus):
    """A model of fastText, and our subwords with its settings."""
    minn, maxn = request.param
    model = fasttext.train_unsupervised(
        str(corpus), minn=minn, maxn=maxn, bucket=10007, dim=2, epoch=0, minCount=1, thread=1, verbose=0
    )
    return model, Subwords(minn, maxn, 10007)


@pytest.mark.parametrize("word", WORDS)
def test_words_of_many_scripts(pair, word):
    model, ours = pair
    assert ours.buckets(word) == buckets(model, word)


@settings(max_examples=200, deadline=None)
@given(word=st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=12))
def test_any_word(pair, word):
    model, ours = pair
    assert ours.buckets(word) == buckets(model, word)


def test_the_end_of_a_line_has_none():
    assert Subwords(3, 6, 100).buckets("</s>") == []
