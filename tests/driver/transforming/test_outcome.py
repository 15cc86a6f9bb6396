"""What is made of the answers of a transform job."""

import json

from driver import images
from driver.transforming import outcome
from driver.transforming.outcome import Asked


def test_answers_with_labels_are_not_taken_for_scores(tmp_path):
    answers = [("0", 0.9), ("2", 0.6), ("1", 0.5)]
    path = tmp_path / "a.jsonl.out"
    path.write_text("".join(json.dumps({"label": label, "score": score}) + "\n" for label, score in answers))
    found = outcome.gather([path], Asked(truth=["0", "1", "1"])).document["Evaluation"]
    assert (found["accuracy"], found["labels"]) == (2 / 3, ["0", "1", "2"])
    path.write_text('{"score": 0.2}\n{"score": 0.6}\n{"score": 0.5}\n')
    found = outcome.gather([path], Asked(truth=["0", "1", "1"])).document["Evaluation"]
    assert (found["accuracy"], found["labels"]) == (2 / 3, ["0", "1"])


def test_true_labels_are_read_as_the_image_reads_them(tmp_path):
    path = tmp_path / "a.jsonl.out"
    path.write_text('{"label": "pos", "score": 0.9}\n{"label": "neg", "score": 0.2}\n{"label": "pos", "score": 0.6}\n')
    asked = Asked(truth=["POS", "0.0", "neg"], meaning=images.find("xgboost-sentiment").takes().meaning)
    found = outcome.gather([path], asked).document["Evaluation"]
    assert (found["accuracy"], found["labels"], found["confusion"]) == (2 / 3, ["neg", "pos"], [[1, 1], [0, 1]])
