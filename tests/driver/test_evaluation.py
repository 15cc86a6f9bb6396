import json

import pytest

from driver import evaluation
from driver.errors import DriverError


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.csv", '1,"a, text"\n0,another\n'),
        ("labels.txt", "1\n\n0\n"),
        ("labels.jsonl", '{"label": 1, "text": "a"}\n{"label": "0"}\n'),
        ("supervised.txt", "__label__1 \n__label__0\n"),
    ],
)
def test_labels(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert evaluation.read_labels(tmp_path / name) == ["1", "0"]


@pytest.mark.parametrize(
    ("content", "answers"),
    [
        ('{"label": "pos", "score": 0.9}\n{"label": "neg", "score": 0.1}\n', ["pos", "neg"]),
        (json.dumps({"predictions": [{"label": "pos"}, {"label": "neg"}]}, indent=1), ["pos", "neg"]),
        ('[{"label": ["__label__a", "__label__b"], "prob": [0.9, 0.1]}]\n', ["a"]),
        ('{"score": 0.25}\n', ["0.25"]),
        ("0.25\n0.75\n", ["0.25", "0.75"]),
        ("sport,0.9\nart,0.8\n", ["sport", "art"]),
        ("[0.5, 1]", ["0.5", "1"]),
    ],
)
def test_answers(tmp_path, content, answers):
    path = tmp_path / "a.out"
    path.write_text(content)
    assert evaluation.read_answers([path]) == answers


def test_what_cannot_be_compared(tmp_path):
    path = tmp_path / "a.out"
    with pytest.raises(DriverError, match="there are 2 labels and 1 answers: give one label per record"):
        evaluation.evaluate(["a", "b"], ["a"])
    with pytest.raises(
        DriverError, match=r"the answers are numbers, such as 0.9, but the labels are words, such as pos: --acc"
    ):
        evaluation.evaluate(["pos", "neg"], ["0.9", "0.2"])
    with pytest.raises(DriverError, match="nothing to compare"):
        evaluation.evaluate([], [])
    with pytest.raises(DriverError, match=r"cannot read the labels .*: No such file"):
        evaluation.read_labels(tmp_path / "nowhere")
    (tmp_path / "l.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises(DriverError, match="expected CSV with the label first, or JSON Lines"):
        evaluation.read_labels(tmp_path / "l.jsonl")
    path.write_text('{"vector": [1]}')
    with pytest.raises(DriverError, match="has neither label nor score"):
        evaluation.read_answers([path])
    path.write_text("{broken")
    with pytest.raises(DriverError, match="is neither CSV nor JSON"):
        evaluation.read_answers([path])
