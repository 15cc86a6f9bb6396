import pytest
from smcontract.errors import UserError
from textprep.records import Record
from xgboost_sentiment.labels import MOST, Labels


def settled(*given, text="A fine film."):
    """Labels of train records, and the positions of these."""
    labels = Labels()
    numbers = [labels.add(Record(label, text, f"a.csv line {line}")) for line, label in enumerate(given, 1)]
    return labels, labels.settle(numbers)


def refusal(*given, text="A fine film."):
    with pytest.raises(UserError) as error:
        settled(*given, text=text)
    return str(error.value)


@pytest.mark.parametrize(
    ("given", "names", "positions"),
    [
        (["1", "0"], ("0", "1"), [1, 0]),
        (["POS", "Neg"], ("neg", "pos"), [1, 0]),
        ([" neg ", "pos"], ("neg", "pos"), [0, 1]),
        (["Positive", "negative"], ("negative", "positive"), [1, 0]),
        (["pos"], ("neg", "pos"), [1]),
        (["pos", "neu", "neg", "neu"], ("neg", "neu", "pos"), [2, 1, 0, 1]),
        (["10", "9", "-1", "2.5"], ("-1", "2.5", "9", "10"), [3, 2, 0, 1]),
        (["10", "9", "nan"], ("10", "9", "nan"), [0, 1, 2]),
        (["Good", "bad", "good", "good"], ("bad", "good"), [1, 0, 1, 1]),
        (["Gut", "caf\u00e9", "cafe\u0301"], ("caf\u00e9", "Gut"), [1, 0, 0]),
    ],
)
def test_labels_are_put_in_order_and_capital_letters_do_not_matter(given, names, positions):
    labels, found = settled(*given)
    assert labels.names == names
    assert found == positions
    assert [labels.number(Record(label.upper(), "A film.", "b.csv line 2")) for label in given] == positions


def test_a_hundred_labels_are_taken_and_no_more():
    labels, found = settled(*map(str, range(MOST)))
    assert (len(labels.names), found) == (100, list(range(100)))
    assert refusal(*map(str, range(MOST + 1))) == (
        'a.csv line 101: the label is "100", which is one label too many: this image takes at most 100; if it is the '
        "text, put the label first and the text second"
    )


@pytest.mark.parametrize(
    ("given", "second"), [(["1", "0", "pos"], "pos"), (["neg", "pos", "Negative"], "Negative"), (["0", "neg"], "neg")]
)
def test_two_labels_that_mean_the_same_are_refused(given, second):
    sentence = refusal(*given)
    assert sentence.startswith(f'a.csv line {len(given)}: the label is "{second}", and ')
    assert sentence.endswith("in a.csv line 1 means the same: use one of them")


def test_a_label_of_another_channel_must_be_one_of_those():
    labels, _ = settled("pos", "neu", "neg")
    with pytest.raises(UserError) as error:
        labels.number(Record("good", "A film.", "b.csv line 2"))
    assert str(error.value) == (
        'b.csv line 2: the label is "good"; this job\'s labels must be neg, neu, pos: map other labels to these, or '
        "leave their records out"
    )
    with pytest.raises(UserError, match="or leave their records out; if this line is a header, remove it"):
        labels.number(Record("Bewertung", "Text", "b.csv line 1"))
    labels, _ = settled(*map(str, range(30)))
    with pytest.raises(UserError, match="must be 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 20 more: map"):
        labels.number(Record("30", "A film.", "b.csv line 2"))


def test_a_label_where_the_text_should_be_means_swapped_columns():
    sentence = refusal("pos", "neu", "A fine film.", "neu", text="Pos")
    assert 'the label is "A fine film." and the text "Pos"; put the label first' in sentence
    labels, _ = settled("good", "bad", "good", "bad", text="bad")  # a text may be a word that is also a label
    assert labels.names == ("bad", "good")
