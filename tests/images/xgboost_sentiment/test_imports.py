"""What a served model of reviews and a job without held-out records do without: it would cost time and memory."""

import json
import subprocess
import sys

SERVE = """
import json, sys
from xgboost_sentiment.serve import Handler
from smcontract import media
handler = Handler()
model = handler.default_model_fn(sys.argv[1])
handler.check(model)
body = json.dumps({"instances": ["a wonderful film"] * 3, "explain": True})
parts = handler.default_input_fn(body.encode(), media.JSON)
answer = json.loads(handler.default_output_fn(handler.default_predict_fn(parts, model), media.JSON))
assert len(answer["predictions"]) == 3 and answer["predictions"][0]["explanation"], answer
print(json.dumps(sorted(sys.modules)))
"""


def modules(*arguments):
    command = [sys.executable, "-c", *map(str, arguments)]
    return set(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def test_a_linear_model_of_reviews_is_served_without_xgboost(trained_reviews):
    loaded = modules(SERVE, trained_reviews.paths.model)
    assert "xgboost_sentiment.scorers" in loaded
    assert not loaded & {"xgboost", "scipy.optimize", "google.protobuf"}


def test_a_linear_model_of_many_labels_is_served_without_xgboost(container):
    texts = {"pos": "a wonderful film", "neg": "a boring film", "neu": "an ordinary one"}
    container.put("train", "".join(f"{label},{text}\n" for label, text in texts.items()) * 4)
    container.train()
    assert "xgboost" not in modules(SERVE, container.paths.model)


def test_a_job_without_held_out_records_has_no_optimiser_and_no_protobuf():
    loaded = modules("import json, sys; import xgboost_sentiment.train; print(json.dumps(sorted(sys.modules)))")
    assert "xgboost_sentiment.text" in loaded
    assert not loaded & {"scipy.optimize", "xgboost_sentiment.recordio"}
