import pytest

from driver import evaluation
from driver.errors import DriverError
from driver.tables.labels import Takes


def test_accuracy_and_confusion_matrix():
    found = evaluation.evaluate(["pos", "neg", "neg", "pos"], ["pos", "pos", "neg", "pos"])
    assert found.document() == {"accuracy": 0.75, "records": 4, "labels": ["neg", "pos"], "confusion": [[1, 1], [0, 2]]}
    assert found.lines() == [
        "accuracy 0.7500 on 4 records",
        "            predicted neg  predicted pos",
        "actual neg  1              1",
        "actual pos  0              2",
    ]


@pytest.mark.parametrize(
    ("score", "label"), [("0.5", "0"), ("0.5000000000000001", "1"), ("5e-1", "0"), ("0.4999", "0")]
)
def test_a_score_of_exactly_one_half_is_0_as_in_the_images(score, label):
    assert evaluation.evaluate(["0", "1"], [score, score]).counts == {("0", label): 1, ("1", label): 1}


def test_many_labels_are_not_shown_as_a_matrix():
    labels = [str(number) for number in range(2, 30)]
    assert len(evaluation.evaluate(labels, labels).lines()) == 2


def test_long_labels_are_cut_in_the_matrix_alone():
    labels = ["x" * 400, "pos"]
    found = evaluation.evaluate(labels, labels)
    assert found.document()["labels"] == ["pos", "x" * 400]
    assert f"actual {'x' * 40}…" in found.lines()[3]
    assert max(map(len, found.lines())) < 120
    assert evaluation.evaluate(["pos"], ["pos"]).lines()[0] == "accuracy 1.0000 on 1 record"


def test_what_cannot_be_compared():
    with pytest.raises(DriverError, match="2 labels for 1 answer: give one label per record"):
        evaluation.evaluate(["a", "b"], ["a"])
    with pytest.raises(
        DriverError, match=r"the answers are numbers, such as 0.9, but the labels are words, such as pos: --acc"
    ):
        evaluation.evaluate(["pos", "neg"], ["0.9", "0.2"])
    with pytest.raises(DriverError, match="nothing to compare"):
        evaluation.evaluate([], [])


def test_spellings_of_one_label_are_equal():
    found = evaluation.evaluate(["1.0", "0.0", "1.0"], ["1", "0", "0"])
    assert found.counts == {("1", "1"): 1, ("0", "0"): 1, ("1", "0"): 1}
    found = evaluation.evaluate(
        ["Pos", "NEG", "1"], ["pos", "neg", "neg"], meaning=Takes("an image", folds_case=True).key
    )
    assert found.labels == ["1", "neg", "pos"]
    assert found.accuracy == 2 / 3
    assert evaluation.evaluate(["Sport", "sport"], ["sport", "sport"]).accuracy == 0.5
    assert evaluation.evaluate(["0.0", "1.0"], ["0.2", "0.9"]).accuracy == 1


def test_labels_that_are_numbers_are_not_scores():
    assert evaluation.evaluate(["0", "1", "1"], ["0", "2", "0.5"], may_be_scores=False).labels == ["0", "0.5", "1", "2"]
    assert evaluation.evaluate(["0", "1", "1"], ["0", "2", "0.5"]).labels == ["0", "1"]
