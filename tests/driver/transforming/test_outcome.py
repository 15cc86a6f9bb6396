"""What is made of the answers of a transform job."""

import json

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
