import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from headline_mxnet.model import Model
from smcontract import manifest
from smcontract.errors import AlgorithmError, UserError

from tests.images.headline_mxnet.conftest import NEWS, Container

HEADLINE = "Striker <b>FALLS</b> on new unheard-of planet"


def test_an_answer_holds_every_category(model):
    (prediction,) = model.predict(["Striker scores in cup final"])
    assert list(prediction) == ["label", "score", "probabilities"]
    assert list(prediction["probabilities"]) == ["business", "science", "sport"]
    assert prediction["score"] == prediction["probabilities"][prediction["label"]]
    assert prediction["score"] == max(prediction["probabilities"].values())
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert json.loads(json.dumps(prediction)) == prediction


def test_a_tiny_network_learns_what_is_plain(news):
    predictions = news.train(epochs="15").predict(["striker in the final", "bank profit", "a planet"])
    assert [prediction["label"] for prediction in predictions] == ["sport", "business", "science"]


@pytest.mark.parametrize("k", [1, 2, 3, 9])
def test_the_best_k_come_in_order(model, k):
    (prediction,) = model.predict([HEADLINE], k=k)
    assert len(prediction["labels"]) == len(prediction["scores"]) == min(k, 3)
    assert prediction["labels"][0] == prediction["label"]
    assert prediction["scores"] == sorted(prediction["probabilities"].values(), reverse=True)[:k]
    assert [prediction["probabilities"][label] for label in prediction["labels"]] == prediction["scores"]


def test_the_wide_part_is_explained_exactly(model, tmp_path):
    container = Container(tmp_path)
    container.small_ones = lambda _: {}
    container.put("train", NEWS)
    for one in (model, container.train(architecture="wide", min_count="1")):
        (prediction,) = one.predict([HEADLINE], explain=True)
        wide = prediction["explanation"]["wide"]
        assert [each["word"] for each in wide["words"]].count("planet") == 1
        assert {"striker falls", "new unheard", "of planet"} < {each["pair"] for each in wide["pairs"]}
        added = sum(each["contribution"] for each in (*wide["words"], *wide["pairs"]))
        assert added == pytest.approx(wide["sum"], abs=1e-6)
        logarithms = {label: np.log(value) for label, value in prediction["probabilities"].items()}
        whole = logarithms[prediction["label"]] - np.mean(list(logarithms.values()))
        assert (wide["sum"] == pytest.approx(whole, abs=1e-4)) == (one is not model)  # which has a network too


def test_an_explanation_is_what_leaving_the_word_out_changes(model):
    (prediction,) = model.predict([HEADLINE], explain=True)
    words = prediction["explanation"]["words"]
    assert sorted(word["word"] for word in words) == ["falls", "new", "of", "on", "planet", "striker", "unheard"]
    sizes = [abs(word["contribution"]) for word in words]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0
    whole = ["striker", "falls", "on", "new", "unheard", "of", "planet"]
    for word in words:
        (without,) = model.predict([" ".join(other for other in whole if other != word["word"])])
        expected = prediction["score"] - without["probabilities"][prediction["label"]]
        assert word["contribution"] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(("text", "words"), [("???", 0), ("one", 1), ("goal " * 500, 8)])
def test_short_and_long_headlines_are_explained(model, text, words):
    (prediction,) = model.predict([text], explain=True)
    assert len(prediction["explanation"]["words"]) == words


def test_one_text_scores_the_same_in_any_company(model):
    texts = [HEADLINE, "", "unheard-of words", "cup", "???"]
    for together, text in zip(model.predict(texts), texts, strict=True):
        (alone,) = model.predict([text])
        assert alone["probabilities"] == pytest.approx(together["probabilities"], abs=1e-6)


def test_golden_examples_score_as_they_did(model):
    assert len(model.manifest.golden) == 6

    def predict(records):
        return model.predict([model.records.from_json(record) for record in records])

    manifest.check_golden(model.manifest, predict)
    first, *others = model.manifest.golden
    wrong = {**first, "prediction": {**first["prediction"], "score": first["prediction"]["score"] + 1e-5}}
    with pytest.raises(AlgorithmError, match="golden record 1"):
        manifest.check_golden(replace(model.manifest, golden=(wrong, *others)), predict)


def edited(folder, **changes):
    path = folder / manifest.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def other_words(folder):
    """Another job's vocabulary, with a manifest that lists its checksums."""
    card = manifest.read(folder)
    (folder / "vocabulary.txt").write_text("good\t1\n")
    manifest.write(folder, card)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / manifest.NAME).unlink(), "does not contain manifest.json"),
        (lambda folder: (folder / "vocabulary.txt").write_text("good\t1\n"), "has changed since training"),
        (lambda folder: edited(folder, image="xgboost-sentiment"), 'trained by the image "xgboost-sentiment"'),
        (lambda folder: edited(folder, fingerprint="f" * 64), "has the fingerprint"),
        (other_words, "fingerprint"),
    ],
)
def test_a_model_that_is_not_whole_is_refused(trained, tmp_path, damage, sentence):
    folder = Path(shutil.copytree(trained.paths.model, tmp_path / "model"))
    damage(folder)
    with pytest.raises(UserError) as error:
        Model.load(folder)
    assert sentence in str(error.value)


def test_a_damaged_model_is_served_or_refused_with_a_sentence(trained):
    outcomes = trained.damage("headline_mxnet.serve:Handler", 60)
    assert len(outcomes) == 60
    refused = [outcome["refused"] for outcome in outcomes if outcome["refused"]]
    assert len(refused) > 30
    assert all("a fault of the image" not in sentence for sentence in refused)
