import json

import pytest

from driver.errors import DriverError
from driver.transforming import answers
from driver.transforming.answers import Answer


@pytest.mark.parametrize(
    ("content", "said"),
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
def test_answers(tmp_path, content, said):
    path = tmp_path / "a.out"
    path.write_text(content)
    assert [answer.said for answer in answers.read(path)] == said


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"label": "pos", "score": 0.9}\n{"error": "empty, no"}\n', [Answer("pos", "0.9"), Answer(error="empty, no")]),
        ("pos,0.9\n\"ERROR: empty, no\"\n", [Answer("pos", "0.9"), Answer(error="empty, no")]),
        ('{"label": ["__label__a"], "prob": [0.75]}\n', [Answer("a", "0.75")]),
    ],
)  # fmt: skip
def test_label_score_and_error(tmp_path, content, found):
    (tmp_path / "a.out").write_text(content)
    assert answers.read(tmp_path / "a.out") == found


def test_what_sagemaker_has_joined(tmp_path):
    path = tmp_path / "a.out"
    path.write_text('{"text": "a", "SageMakerOutput": {"label": "pos", "score": 0.9}}\n')
    assert answers.read(path, is_joined=True) == [Answer("pos", "0.9")]
    path.write_text("a film,0.9\n,ERROR: the text is empty\n")
    assert [answer.error for answer in answers.read(path, is_joined=True)] == ["", "the text is empty"]


def test_what_holds_no_answers(tmp_path):
    path = tmp_path / "a.out"
    path.write_text('{"vector": [1]}')
    with pytest.raises(DriverError, match="has neither label nor score"):
        answers.read(path)
    path.write_text("{broken")
    with pytest.raises(DriverError, match="is neither CSV nor JSON"):
        answers.read(path)
