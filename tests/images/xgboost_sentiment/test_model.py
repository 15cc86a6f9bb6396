import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from smcontract import manifest, media
from smcontract.errors import AlgorithmError, UserError
from smcontract.serving import codecs
from xgboost_sentiment.model import Model

from driver import evaluation
from driver.transforming import answers as answers_of
from tests.images.xgboost_sentiment.conftest import REVIEWS, Container
from tests.textprep.test_core import TEXTS

REVIEW = "What an AWFUL, boring film &mdash; not great, no fun. <br />Number 7 was wonderful"
TREES = {"booster": "gbtree", "num_round": "5", "min_child_weight": "0"}


@pytest.mark.parametrize(("first", "names"), [("1,fine\n", ("0", "1")), ("Pos,fine\n", ("neg", "pos"))])
def test_answers_use_the_labels_of_the_data(container, first, names):
    other = {"1": "0", "Pos": "NEG"}[first.split(",")[0]]
    container.put("train", first + f"{other},poor\n" + first + f"{other},poor\n")
    bad, good = container.train().predict(["a poor thing", "fine"])
    assert (bad["label"], good["label"]) == names
    assert list(good) == ["label", "score", "probabilities"]
    assert bad["score"] < 0.5 < good["score"] < 1
    assert good["probabilities"] == {names[0]: 1 - good["score"], names[1]: good["score"]}


def _accuracy(path):
    return evaluation.evaluate(list("0111"), [answer.said for answer in answers_of.read(path, False)]).accuracy


def test_a_score_of_exactly_one_half_counts_alike_everywhere(container, tmp_path):
    """In the answer's label, in the metrics of training and test data, and where the driver compares scores."""
    rows = "0,1\n1,1\n" * 4  # nothing to learn, and as many of one label as of the other
    container.put("train", rows)
    container.put("validation", "0,1\n1,1\n1,1\n1,1\n")
    container.put("test", "0,1\n1,1\n1,1\n1,1\n")
    model = container.train(input="features", objective="binary:logistic", eval_metric="accuracy")
    (prediction,) = model.predict([model.records.from_json([1])])
    assert (prediction["score"], prediction["label"]) == (0.5, "0")
    metrics = model.manifest.metrics
    assert (metrics["validation:accuracy"], metrics["test:accuracy"]) == (0.25, 0.25)
    answers = tmp_path / "answers.csv.out"
    answers.write_bytes(codecs.encode([prediction] * 4, media.CSV, ["score"]))
    assert _accuracy(answers) == 0.25
    answers.write_bytes(codecs.encode([prediction] * 4, media.JSON_LINES, []))
    assert _accuracy(answers) == 0.25


@pytest.mark.parametrize("hyperparameters", [{}, TREES, {"stop_words": "english", "ngram_max": "2"}])
def test_an_explanation_adds_up(reviews, hyperparameters):
    (prediction,) = reviews.train(**hyperparameters).predict([REVIEW], explain=True)
    explanation = prediction["explanation"]
    contributions = [word["contribution"] for word in explanation["words"]]
    assert explanation["base"] + sum(contributions) + explanation["rest"] == pytest.approx(
        explanation["margin"], abs=1e-5
    )
    assert 1 / (1 + math.exp(-explanation["margin"])) == pytest.approx(prediction["score"], abs=1e-6)
    assert [abs(c) for c in contributions] == sorted((abs(c) for c in contributions), reverse=True)
    assert json.loads(json.dumps(prediction)) == prediction


def test_an_explanation_shows_words_as_they_were_written(model):
    (prediction,) = model.predict(["Wonderfully AWFUL films; very boring ones"], explain=True)
    words = {word["word"]: word["contribution"] for word in prediction["explanation"]["words"]}
    assert set(words) == {"wonderfully", "awful", "awful films", "very", "boring", "very boring", "ones", "boring ones",
                          "very boring ones"}  # fmt: skip  # and not `films`, which both labels have alike
    assert words["wonderfully"] > 0 > words["awful films"]


@settings(deadline=None, max_examples=60)
@given(texts=TEXTS)
@pytest.mark.parametrize("trained", ["model", "without_stop_words"])
def test_scoring_without_rows_says_the_same(request, trained, texts):
    trained = request.getfixturevalue(trained)
    texts = [*texts, f"{REVIEW} {''.join(texts)} {REVIEW}", "A wonderful film: great fun? " + " ".join(texts)]
    plain = Model(trained.manifest, trained.encoder, trained.scorer)
    plain.__dict__["direct"] = None
    for found, expected in zip(trained.predict(texts, True), plain.predict(texts, True), strict=True):
        told, its = found.pop("explanation"), expected.pop("explanation")
        assert [word["word"] for word in told["words"]] == [word["word"] for word in its["words"]]
        assert _numbers(told) == pytest.approx(_numbers(its), rel=1e-6, abs=1e-9)
        assert list(told) == list(its)
        assert found["score"] == pytest.approx(expected["score"], rel=1e-9)
        assert found["label"] == expected["label"]
    assert [one["score"] for one in plain.predict(texts)] == pytest.approx(
        [one["score"] for one in trained.predict(texts)]
    )


def _numbers(explanation):
    words = [word["contribution"] for word in explanation["words"]]
    return [explanation["base"], explanation["margin"], explanation["rest"], *words]


@pytest.fixture(scope="module")
def without_stop_words(tmp_path_factory):
    container = Container(tmp_path_factory.mktemp("reviews") / "ml")
    container.put("train", REVIEWS)
    return container.train(stop_words="english", norm="none", weighting="naive-bayes")


def test_an_explanation_names_the_ten_strongest(model):
    text = "A wonderful film, number 3: great fun. An awful film and a very boring one"
    (prediction,) = model.predict([text], explain=True)
    explanation = prediction["explanation"]
    assert len(explanation["words"]) == 10
    assert abs(explanation["rest"]) > 0


@pytest.mark.parametrize("hyperparameters", [{"objective": "binary:logistic"}, {"booster": "gblinear"}, {}])
def test_features_are_explained_by_their_index(rows, hyperparameters):
    model = rows.train(input="features", **hyperparameters)
    (prediction,) = model.predict([model.records.from_json([2, 0, 2.5])], explain=True)
    explanation = prediction["explanation"]
    assert {entry["feature"] for entry in explanation["features"]} == {"0", "2"}
    total = sum(entry["contribution"] for entry in explanation["features"])
    assert explanation["base"] + total + explanation["rest"] == pytest.approx(explanation["margin"], abs=1e-5)
    assert prediction["score"] == pytest.approx(1, abs=0.1)
    assert ("label" in prediction) == bool(hyperparameters.get("objective"))


def test_the_label_changes_where_both_are_equally_likely(rows):
    model = rows.train(input="features", objective="binary:logistic", booster="gblinear")
    predictions = model.predict([model.records.from_json([0, n / 50, 1]) for n in range(100)])
    scores = [prediction["score"] for prediction in predictions]
    assert min(scores, key=lambda score: abs(score - 0.5)) == pytest.approx(0.5, abs=0.03)
    assert [prediction["label"] for prediction in predictions] == ["1" if score > 0.5 else "0" for score in scores]


def test_one_text_scores_the_same_in_any_company(model):
    texts = [REVIEW, "", "unheard-of words", "great fun", "???"]
    assert model.predict(texts) == [model.predict([text])[0] for text in texts]


@pytest.mark.parametrize("name", ["reviews", "rows"])
def test_golden_examples_score_as_they_did(request, name):
    container = request.getfixturevalue(name)
    model = container.train(input="text" if name == "reviews" else "features")
    assert len(model.manifest.golden) == 8

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


def foreign_pipeline(folder):
    """The preprocessing of another training job, with a manifest that lists its checksums."""
    card = manifest.read(folder)
    path = folder / "pipeline.json"
    path.write_text(path.read_text().replace("200000", "199999"))
    manifest.write(folder, card)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / manifest.NAME).unlink(), "does not contain manifest.json"),
        (lambda folder: (folder / "model.ubj").unlink(), "incomplete: model.ubj missing"),
        (lambda folder: (folder / "model2.ubj").write_bytes(b""), "do not belong to the model: remove model2.ubj"),
        (lambda folder: (folder / "vocabulary.txt").write_text("good\t1\n"), "has changed since training"),
        (lambda folder: edited(folder, format=0), "has format number 0, this image reads 1 and 2"),
        (lambda folder: edited(folder, image="headline-mxnet"), 'trained by the image "headline-mxnet"'),
        (lambda folder: edited(folder, fingerprint="f" * 64), "has the fingerprint"),
        (foreign_pipeline, "fingerprint"),
    ],
)
def test_a_model_that_is_not_whole_is_refused(trained_reviews, tmp_path, damage, sentence):
    folder = Path(shutil.copytree(trained_reviews.paths.model, tmp_path / "model"))
    damage(folder)
    with pytest.raises(UserError) as error:
        Model.load(folder)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("name", "hyperparameters"),
    [
        ("reviews", {}),
        ("rows", {"input": "features", "num_round": "5"}),
        ("rows", {"input": "features", "booster": "gblinear"}),
    ],
    ids=["text", "trees", "linear"],
)
def test_a_damaged_model_is_served_or_refused_with_a_sentence(request, name, hyperparameters):
    container = request.getfixturevalue(name)
    container.train(**hyperparameters)
    outcomes = container.damage("xgboost_sentiment.serve:Handler", 60)
    assert len(outcomes) == 60
    refused = [outcome["refused"] for outcome in outcomes if outcome["refused"]]
    assert len(refused) > 30
    assert all("a fault of the image" not in sentence for sentence in refused)
