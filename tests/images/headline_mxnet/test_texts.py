"""Texts of any script and content, and models of an older format."""

import json
import unicodedata
from pathlib import Path

import pytest
from headline_mxnet.model import Model
from headline_mxnet.serve import Handler
from smcontract import manifest, media
from smcontract.manifest import TOLERANCE

from tests.texts import TEXTS

FIXTURES = Path(__file__).parents[2] / "fixtures"
OLD = FIXTURES / "artefacts" / "headline-mxnet-format-1"


@pytest.mark.parametrize("batch", [False, True])
def test_no_text_ends_a_job_a_request_or_a_batch(container, batch):
    labels = ["half \ud800", "İ", "\u2028x"]
    records = [{"label": labels[n % 3], "text": text} for n, text in enumerate([*TEXTS, "good film", "bad film"] * 3)]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    container.put("train", lines, name="train.jsonl")
    container.put("test", lines, name="test.jsonl")
    model = container.train(epochs="1")
    handler = Handler(batch)
    handler.check(model)
    for body, form in ((json.dumps({"instances": TEXTS, "explain": True}), media.JSON), (lines, media.JSON_LINES)):
        parts = handler.default_input_fn(body.encode(), form)
        answer = handler.default_output_fn(handler.default_predict_fn(parts, model), media.JSON)
        assert all("score" in prediction for prediction in json.loads(answer)["predictions"])


def test_hindi_words_keep_their_vowel_signs(container):
    content = (FIXTURES / "hindi.csv").read_bytes()
    container.put("train", content)
    model = container.train(epochs="1")
    assert {"भारत", "ने", "को", "जीता"} <= set(model.encoder.sequences.words)
    headline = "भारत ने श्रीलंका को हराया"
    (prediction,) = model.predict([headline], explain=True)
    assert {entry["word"] for entry in prediction["explanation"]["words"]} == set(headline.split())


def test_one_headline_in_two_normal_forms_is_one(container):
    container.put("train", "a,क़लम café\nb,film\n" * 4)
    model = container.train(epochs="1")
    texts = [unicodedata.normalize(form, "क़लम café") for form in ("NFC", "NFD")]
    assert texts[0] != texts[1]
    assert model.encoder.ids(texts)[0].tolist() == model.encoder.ids(texts)[1].tolist()


def test_a_new_model_says_format_2(news):
    model = news.train(epochs="1")
    assert model.manifest.format == manifest.FORMAT == 2
    assert json.loads((news.paths.model / "sequences.json").read_text())["format"] == 2


def test_a_model_of_format_1_scores_as_it_did(tmp_path):
    model = Model.load(OLD)
    assert model.manifest.format == 1
    assert model.encoder.fingerprint == model.manifest.fingerprint
    Handler(False).check(model)
    for example in json.loads((OLD.parent / f"{OLD.name}.json").read_text("utf-8")):
        (prediction,) = model.predict([example["record"]])
        assert prediction["probabilities"] == pytest.approx(example["prediction"]["probabilities"], abs=TOLERANCE)
    (prediction,) = model.predict(["फ़िल्म İstanbul"], explain=True)  # split as then: at each mark
    words = [entry["word"] for entry in prediction["explanation"]["words"]]
    assert sorted(words) == sorted(["फ", "ल", "म", "i", "stanbul"])
    model.encoder.save(tmp_path)
    for name in ("sequences.json", "vocabulary.txt"):
        assert (tmp_path / name).read_bytes() == (OLD / name).read_bytes()
