import pytest
from textprep.errors import DataError
from textprep.specification import Specification


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocabulary_size": 0}, "vocabulary_size is 0; it must be an integer of at least 1"),
        ({"ngram_max": -1}, "ngram_max is -1"),
        ({"ngram_max": True}, "ngram_max is True"),
        ({"min_count": 1.5}, "min_count is 1.5"),
        ({"values": "tf-idf"}, "values is 'tf-idf'; choose one of presence, counts"),
        ({"weighting": None}, "weighting is None; choose one of naive-bayes, naive-bayes-tfidf, none"),
        ({"stop_words": "klingon"}, "stop_words is 'klingon'; choose one of none, english, arabic"),
        ({"stop_words": "german"}, "stop_words is 'german' and language 'english'; choose the same, or no stop words"),
        ({"stop_words": "english", "language": "none"}, "stop_words is 'english' and language 'none'"),
        ({"language": "greek"}, "language is 'greek'; choose one of english, none, arabic"),
        ({"tokens": 4}, "tokens is 4; choose one of 1, 2, 3"),
        ({"norm": "l1"}, "norm is 'l1'; choose one of l2, none"),
    ],
)
def test_a_bad_setting_is_named(settings, message):
    with pytest.raises(DataError, match=message):
        Specification(**settings)


def test_removed_words():
    assert not Specification().removed_words
    assert "the" in Specification(stop_words="english").removed_words
    assert "der" in Specification(stop_words="german", language="german").removed_words
