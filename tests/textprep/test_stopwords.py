import pytest
from textprep.stem import SNOWBALL
from textprep.stopwords import LANGUAGES, words
from textprep.tokens import tokens


def test_the_english_list_is_whole_and_holds_the_fragments_that_splitting_leaves():
    assert len(words("english")) == 179
    assert {fragment for word in words("english") for fragment in tokens(word)} <= words("english") | {"shan"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_as_texts_are_split_into(language):
    assert 90 < len(words(language)) < 320
    assert all(word == word.lower() for word in words(language))
    assert language == "english" or all(tokens(word) == [word] for word in words(language))


def test_each_stemmer_of_snowball_has_a_list_of_its_own():
    assert {*LANGUAGES} == {"english", *SNOWBALL}
    assert len({words(language) for language in LANGUAGES}) == len(LANGUAGES)
    assert {"для", "не"} < words("russian")
    assert "über" in words("german")
