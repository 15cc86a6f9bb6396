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


@pytest.mark.parametrize("label", ["2", "good", "1.0", "the whole review stands first"])
def test_any_other_label_is_refused(label):
    with pytest.raises(UserError, match=f'the label is "{label}"; this job.s labels must be 0, 1 or neg, pos or negat'):
        number(Labels(), label)


def test_a_header_is_called_one():
    with pytest.raises(UserError, match=r"a.csv line 1 looks like a header \(label,review\): remove it"):
        number(Labels(), "label", "review", line=1)
    with pytest.raises(UserError, match=r"a.csv line 1: the label is \"good\""):
        number(Labels(), "good", line=1)
