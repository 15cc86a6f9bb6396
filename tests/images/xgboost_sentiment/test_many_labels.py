"""Three labels and more: a model of each against the rest."""

import csv
import io
import json
import logging
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from smcontract import manifest, media
from smcontract.errors import UserError
from smcontract.manifest import TOLERANCE
from xgboost_sentiment.serve import Handler
from xgboost_sentiment.stored import RATIOS, WEIGHTS

from driver.report import schema
from tests.images.xgboost_sentiment.conftest import THREE, Container
from tests.texts import TEXTS

LABELS = ("neg", "neu", "pos")
TEST = "neg,awful\nneg,boring and wonderful\nneu,ordinary hours\npos,great fun\npos,ordinary\n"
UNSEEN = ["A boring film of two hours", "great, wonderful fun", "nothing known", "awful & ordinary", *TEXTS]
BOOSTERS = {
    "linear": {"num_round": "4"},
    "linear without weights": {"num_round": "4", "weighting": "none", "values": "counts"},
    "trees": {"booster": "gbtree", "num_round": "4", "min_child_weight": "0"},
}


def many(base, content=THREE, channels=(), **hyperparameters):
    """A container with a trained model of many labels, and the model."""
    container = Container(base / "ml")
    container.put("train", content)
    for name, lines in channels:
        container.put(name, lines)
    container.configure("hyperparameters", hyperparameters)
    container.call_main()
    return container, Handler().default_model_fn(str(container.paths.model))


@pytest.fixture(scope="module", params=BOOSTERS)
def each(request, tmp_path_factory):
    """(container, model, hyperparameters) of each recipe."""
    settings = BOOSTERS[request.param]
    return *many(tmp_path_factory.mktemp("many"), channels=[("test", TEST)], **settings), settings


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    return many(tmp_path_factory.mktemp("many"), channels=[("test", TEST)], num_round="4")


def test_probabilities_are_of_all_labels_and_add_up_to_one(each):
    _, model, _ = each
    assert model.manifest.labels == LABELS
    for prediction in model.predict(UNSEEN):
        shares = prediction["probabilities"]
        assert tuple(shares) == LABELS
        assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
        assert all(0 <= share <= 1 for share in shares.values())
        assert prediction["label"] == max(shares, key=shares.get)
        assert prediction["score"] == shares[prediction["label"]]
    seen = [line.partition(",")[2].strip('"') for line in THREE.splitlines()[:3]]
    assert [prediction["label"] for prediction in model.predict(seen)] == ["pos", "neu", "neg"]
    assert model.predict(UNSEEN) == [model.predict([text])[0] for text in UNSEEN]


def test_the_model_is_that_of_two_labels_for_each_against_the_rest(each, tmp_path):
    """The recipe for two labels, on the same reviews labelled 1 and 0, gives the odds of each label."""
    _, model, settings = each
    scores = []
    for label in LABELS:
        lines = [line.partition(",") for line in THREE.splitlines()]
        container = Container(tmp_path / label)
        container.put("train", "".join(f"{int(own == label)},{text}\n" for own, _, text in lines))
        scores.append([one["score"] for one in container.train(**settings).predict(UNSEEN)])
    expected = np.array(scores).T / np.sum(scores, axis=0)[:, None]
    found = [list(prediction["probabilities"].values()) for prediction in model.predict(UNSEEN)]
    assert np.abs(np.array(found) - expected).max() < 1e-6


def test_every_label_is_explained(each):
    _, model, _ = each
    (prediction,) = model.predict(["A WONDERFUL film, awful hours"], explain=True)
    logs = []
    for label in LABELS:
        found = prediction["explanation"][label]
        contributions = sum(word["contribution"] for word in found["words"])
        assert found["base"] + contributions + found["rest"] == pytest.approx(found["margin"], abs=1e-5)
        logs.append(-math.log1p(math.exp(-found["margin"])))
    shares = np.exp(logs) / np.exp(logs).sum()
    assert list(prediction["probabilities"].values()) == pytest.approx(shares, abs=1e-6)
    assert {"wonderful", "awful", "hours"} <= {word["word"] for word in prediction["explanation"]["pos"]["words"]}
    assert json.loads(json.dumps(prediction)) == prediction
    for text in TEXTS:
        json.dumps(model.predict([text], explain=True), ensure_ascii=False).encode()


def test_quality_is_measured_for_each_label(linear):
    container, model = linear
    assert container.files() == [
        "features.npz", "manifest.json", "metrics.json", "model-001.ubj", "model-002.ubj", "model-003.ubj",
        "pipeline.json", RATIOS, "vocabulary.txt", WEIGHTS,
    ]  # fmt: skip
    evaluation = schema.parse((container.paths.output_data / "evaluation.json").read_bytes())
    assert [curve["label"] for curve in evaluation["held_out"]["test"]["curves"]] == ["neg", "pos", "neu"]
    assert evaluation["data"]["test"]["records"] == 5
    found = json.loads((container.paths.output_data / "quality.json").read_text())
    assert (found["channel"], found["records"], found["labels"]) == ("test", 5, list(LABELS))
    confusion = np.array(found["confusion"])
    assert confusion.sum(axis=1).tolist() == [2, 1, 2]
    assert found["accuracy"] == np.diag(confusion).sum() / 5
    assert found["recall"] == pytest.approx(dict(zip(LABELS, np.diag(confusion) / [2, 1, 2], strict=True)))
    assert [each["name"] for each in found["baselines"]] == ["most frequent label", "logistic regression on the words"]
    assert set(found["words"]) == set(LABELS)
    assert "wonderful" in found["words"]["pos"] or "great" in found["words"]["pos"]
    metrics = model.manifest.metrics
    assert metrics["test:macro_f1"] == pytest.approx(found["macro_f1"], abs=1e-6)
    assert {"train:accuracy", "test:accuracy", "test:macro_recall", "test:recall:neu"} <= metrics.keys()
    assert "test:f1" not in metrics  # f1 needs a positive label
    rounds = json.loads((container.paths.model / "metrics.json").read_text())["history"]
    assert [(line["label"], line["epoch"]) for line in rounds[:5]] == [*(("neg", n) for n in (1, 2, 3, 4)), ("neu", 1)]
    predictions = (container.paths.output_data / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["label"] for line in predictions] == ["neg", "neg", "neu", "pos", "pos"]


def test_golden_examples_are_checked_and_answers_come_in_three_forms(linear):
    container, model = linear
    handler = Handler()
    loaded = handler.default_model_fn(str(container.paths.model))
    assert len(model.manifest.golden) == 6
    handler.check(loaded)
    parts = handler.default_input_fn(b'{"instances": ["great fun", "awful"]}', media.JSON)
    predicted = handler.default_predict_fn(parts, loaded)
    assert json.loads(handler.default_output_fn(predicted, media.JSON))["predictions"] == predicted
    lines = handler.default_output_fn(predicted, media.JSON_LINES).decode().splitlines()
    assert [json.loads(line) for line in lines] == predicted
    rows = csv.reader(io.StringIO(handler.default_output_fn(predicted, media.CSV).decode()))
    assert [(label, float(score)) for label, score in rows] == [(one["label"], one["score"]) for one in predicted]


HOSTILE = ('"quoted", it\'s', "a,b;c", "two\nlines", "日本語 😀", "=1+1", "l" * 1000, "..", "\\t", "<b>&amp;</b>", "İ")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_labels_of_any_characters_are_carried_through(tmp_path, form):
    records = [(label, f"film of the kind{number} with words{number}") for number, label in enumerate(HOSTILE)] * 3
    out = io.StringIO()
    csv.writer(out).writerows(records)
    lines = "".join(json.dumps({"label": label, "text": text}) + "\n" for label, text in records)
    container = Container(tmp_path)
    for channel in ("train", "test"):
        container.put(channel, out.getvalue() if form == "csv" else lines, name=f"data.{form}")
    container.configure("hyperparameters", {"num_round": "5"})
    container.call_main()
    handler = Handler()
    model = handler.default_model_fn(str(container.paths.model))
    assert set(model.manifest.labels) == set(HOSTILE)
    texts = [text for _, text in records[: len(HOSTILE)]]
    predicted = model.predict(texts)
    assert [prediction["label"] for prediction in predicted] == list(HOSTILE)
    rows = csv.reader(io.StringIO(handler.default_output_fn(predicted, media.CSV).decode(), newline=""))
    assert [label for label, _ in rows] == list(HOSTILE)
    answer = json.loads(handler.default_output_fn(predicted, media.JSON))["predictions"]
    assert [set(one["probabilities"]) for one in answer] == [set(HOSTILE)] * len(HOSTILE)
    quality = json.loads((container.paths.output_data / "quality.json").read_text("utf-8"))
    assert set(quality["recall"]) == set(HOSTILE)


def test_each_label_stops_early_by_itself_and_sigterm_leaves_a_model_of_all(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    _, model = many(tmp_path, channels=[("validation", TEST)], num_round="50", early_stopping_rounds="2")
    rounds = json.loads((tmp_path / "ml/model/metrics.json").read_text())["history"]
    assert {line["label"] for line in rounds if "label" in line} == set(LABELS)
    assert sum("label" in line for line in rounds) < 150
    assert '"neu" against the rest: round ' in caplog.text
    assert model.manifest.metrics["validation:accuracy"] >= 0.4
    container = Container(tmp_path / "stopped")
    container.put("train", THREE)
    context = container.context(num_round="50")
    context.stop.set()
    container.algorithm(context)
    stopped = Handler().default_model_fn(str(container.paths.model))
    assert len(stopped.predict(["great fun"])[0]["probabilities"]) == 3
    assert "stopped: labels that were not finished have fewer rounds" in caplog.text


def test_few_records_of_twelve_labels_are_learnt_or_it_is_said(tmp_path):
    lines = "".join(f"label{n % 12},the word{n % 12} in text {n}\n" for n in range(48))
    container, model = many(tmp_path, lines, validation_fraction="0.25")
    quality = json.loads((container.paths.output_data / "quality.json").read_text())
    best = max(each["accuracy"] for each in quality["baselines"])
    assert quality["accuracy"] >= best or any("is below the" in warning for warning in quality["warnings"])
    assert len(model.manifest.golden) == 8


@pytest.mark.parametrize("given", [("bad", "good"), ("2", "10"), ("no", "YES")])
def test_two_labels_of_any_words_are_the_model_of_two(container, given):
    container.put("train", "".join(f"{given[1]},fine {n}\n{given[0]},poor {n}\n" for n in range(4)))
    bad, good = container.train().predict(["a poor thing", "fine"])
    assert (bad["label"], good["label"]) == given
    assert bad["score"] < 0.5 < good["score"]
    assert (container.paths.model / "model.ubj").exists()


def test_a_model_in_german_explains_words_as_they_were_written(container):
    lines = [("gut", "Ein großartiger Film"), ("schlecht", "Ein schrecklicher Film"), ("mittel", "Ein üblicher Film")]
    container.put("train", "".join(f"{label},{text}\n" for label, text in lines * 4))
    container.algorithm(container.context(language="german", ngram_max="1"))
    model = Handler().default_model_fn(str(container.paths.model))
    (prediction,) = model.predict(["GROSSARTIGE Filme, schreckliche!"], explain=True)
    words = {word["word"] for word in prediction["explanation"]["gut"]["words"]}
    assert words == {"grossartige", "filme", "schreckliche"}
    assert model.manifest.settings["hyperparameters"]["language"] == "german"


def other_weights(folder):
    card = manifest.read(folder)
    np.save(folder / WEIGHTS, np.ones((2, 2), np.float32))
    manifest.write(folder, card)


def no_weights(folder):
    card = manifest.read(folder)
    (folder / WEIGHTS).write_bytes(b"\x93NUMPY")
    manifest.write(folder, card)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "model-002.ubj").unlink(), "incomplete: model-002.ubj missing"),
        (lambda folder: (folder / "model-001.ubj").write_bytes(b"x"), "has changed since training"),
        (other_weights, "do not belong together"),
        (no_weights, "weights.npy cannot be read"),
    ],
)
def test_a_model_that_is_not_whole_is_refused(linear, tmp_path, damage, sentence):
    folder = Path(shutil.copytree(linear[0].paths.model, tmp_path / "model"))
    damage(folder)
    with pytest.raises(UserError, match=sentence):
        Handler().default_model_fn(str(folder))


def test_a_damaged_model_is_served_or_refused_with_a_sentence(linear):
    outcomes = linear[0].damage("xgboost_sentiment.serve:Handler", 30)
    refused = [outcome["refused"] for outcome in outcomes if outcome["refused"]]
    assert len(refused) > 10
    assert all("a fault of the image" not in sentence for sentence in refused)


def test_golden_scores_are_those_of_the_manifest(linear):
    _, model = linear
    for example in model.manifest.golden:
        (prediction,) = model.predict([example["record"]])
        assert prediction["probabilities"] == pytest.approx(example["prediction"]["probabilities"], abs=TOLERANCE)
