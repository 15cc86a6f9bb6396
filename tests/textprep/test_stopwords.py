from textprep.stopwords import english
from textprep.tokens import tokens


def test_the_list_is_whole_and_holds_the_fragments_that_splitting_leaves():
    assert len(english()) == 179
    assert {fragment for word in english() for fragment in tokens(word)} <= english() | {"shan"}
    assert all(word == word.lower() for word in english())
