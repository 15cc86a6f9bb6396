import pytest
from smcontract.errors import UserError
from textprep.records import Record
from xgboost_sentiment.labels import Labels


def number(labels, label, text="A fine film.", line=2):
    return labels.number(Record(label, text, f"a.csv line {line}"))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["0", "1"], ("0", "1")),
        (["Neg", "POS"], ("neg", "pos")),
        ([" neg ", "pos"], ("neg", "pos")),
        (["negative", "Positive"], ("negative", "positive")),
    ],
)
def test_three_pairs_of_labels(given, names):
    labels = Labels()
    assert [number(labels, label) for label in given] == [0, 1]
    assert labels.names == names


def test_the_first_record_decides_for_all():
    labels = Labels()
    number(labels, "1")
    with pytest.raises(UserError, match=r'a.csv line 2: the label is "pos"; this job\'s labels must be 0, 1'):
        number(labels, "pos")


@pytest.mark.parametrize("label", ["2", "good", "1.0", "neutral"])
def test_any_other_label_is_refused_with_the_way_out(label):
    sentence = (
        f'a.csv line 2: the label is "{label}"; this job\'s labels must be 0, 1 or neg, pos or negative, positive: '
        "map other labels to these, or leave their records out"
    )
    with pytest.raises(UserError) as error:
        number(Labels(), label)
    assert str(error.value) == sentence


def test_a_star_among_labels_of_two_classes_is_refused_with_the_way_out():
    labels = Labels()
    number(labels, "1")
    with pytest.raises(
        UserError, match=r'the label is "4"; this job\'s labels must be 0, 1: map other labels to these'
    ):
        number(labels, "4")


def test_an_unknown_label_in_the_first_line_may_be_a_header():
    with pytest.raises(UserError, match=r"line 1: the label is .* if this line is a header, remove it"):
        number(Labels(), "Bewertung", "Text", line=1)


def test_a_label_where_the_text_should_be_means_swapped_columns():
    with pytest.raises(UserError, match=r'the label is "A fine film." and the text "Pos"; put the label first'):
        number(Labels(), "A fine film.", "Pos")
