"""Texts of any content, and models of an older format."""

import json
from pathlib import Path

import pytest
from smcontract import manifest, media
from smcontract.manifest import TOLERANCE
from xgboost_sentiment.model import Model
from xgboost_sentiment.serve import Handler

from tests.texts import TEXTS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "artefacts"
OLD = FIXTURES / "xgboost-sentiment-format-1"


@pytest.mark.parametrize("batch", [False, True])
def test_no_text_ends_a_job_a_request_or_a_batch(container, batch):
    records = [{"label": n % 2, "text": text} for n, text in enumerate([*TEXTS, "good film", "bad film"] * 2)]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    container.put("train", lines, name="train.jsonl")
    container.put("test", lines, name="test.jsonl")
    model = container.train(min_count="1")
    handler = Handler(batch)
    handler.check(model)
    for body, form in ((json.dumps({"instances": TEXTS}), media.JSON), (lines, media.JSON_LINES)):
        parts = handler.default_input_fn(body.encode(), form)
        answer = handler.default_output_fn(handler.default_predict_fn(parts, model), media.JSON)
        assert all("score" in prediction for prediction in json.loads(answer)["predictions"])


def test_a_text_of_any_content_can_be_explained(reviews):
    model = reviews.train()
    for text in TEXTS:
        (prediction,) = model.predict([text], explain=True)
        json.dumps(prediction, ensure_ascii=False).encode()


def test_words_in_any_script_are_explained_whole(container):
    lines = [("1", "बहुत अच्छी फ़िल्म"), ("0", "बहुत बुरी फ़िल्म"), ("1", "می\u200cبینم"), ("0", "نمی\u200cبینم"), ("1", "İyi")]
    container.put("train", "".join(f"{label},{text}\n" for label, text in lines * 4))
    (prediction,) = container.train(ngram_max="1").predict(["अच्छी می\u200cبینم iyi"], explain=True)
    words = {entry["word"] for entry in prediction["explanation"]["words"]}
    assert words == {"अच्छी", "می\u200cبینم", "iyi"}


def test_a_new_model_says_its_formats(reviews):
    model = reviews.train()
    assert model.manifest.format == manifest.FORMAT == 2
    assert json.loads((reviews.paths.model / "pipeline.json").read_text())["format"] == 3


def test_a_model_of_format_1_scores_as_it_did():
    model = Model.load(OLD)
    assert model.manifest.format == 1
    assert model.encoder.fingerprint == model.manifest.fingerprint
    Handler(False).check(model)
    for example in json.loads((FIXTURES / f"{OLD.name}.json").read_text("utf-8")):
        (prediction,) = model.predict([example["record"]])
        assert prediction["label"] == example["prediction"]["label"]
        assert prediction["score"] == pytest.approx(example["prediction"]["score"], abs=TOLERANCE)
    (prediction,) = model.predict(["फ़िल्म İstanbul"], explain=True)  # split as then: at each mark
    assert {"फ", "stanbul"} <= {entry["word"] for entry in prediction["explanation"]["words"]}


def test_a_pipeline_of_format_1_is_saved_as_it_was(tmp_path):
    pipeline = Model.load(OLD).encoder.pipeline
    pipeline.save(tmp_path)
    for name in ("pipeline.json", "vocabulary.txt", "features.npz"):
        assert (tmp_path / name).read_bytes() == (OLD / name).read_bytes()
    texts = ["हिन्दी फ़िल्म", "İstanbul"]
    assert (pipeline.transform(texts, workers=2) != pipeline.transform(texts)).nnz == 0
