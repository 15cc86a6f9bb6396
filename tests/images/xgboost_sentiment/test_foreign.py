"""Models of SageMaker's XGBoost, hosted as that algorithm hosts them."""

import io
import json
import pickle

import numpy as np
import pytest
import xgboost
from sagemaker_training.record_pb2 import Record
from sagemaker_training.recordio import _write_recordio
from smcontract import media
from smcontract.errors import UserError
from smcontract.httperrors import BadRecordError, BadRequestError
from xgboost_sentiment.serve import Handler
from xgboost_sentiment.standin import VARIABLE

NUMBERS = np.random.default_rng(3).random((40, 3)).astype(np.float32).round(3)
NUMBERS[:10, 0] = 0
TRUTH = {"binary": (NUMBERS.sum(axis=1) > 1.5).astype(int), "multi": np.digitize(NUMBERS.sum(axis=1), [1.2, 1.8])}
BODY = "".join(",".join(map(str, row)) + "\n" for row in NUMBERS[:3])


def grown(objective="binary:logistic", **parameters):
    kind = objective.partition(":")[0]
    classes = {"num_class": 3} if kind == "multi" else {}
    matrix = xgboost.DMatrix(NUMBERS, label=TRUTH.get(kind, NUMBERS.sum(axis=1)))
    given = {"objective": objective, "nthread": 1, "verbosity": 0, "max_depth": 3, **classes, **parameters}
    return xgboost.train(given, matrix, 4)


@pytest.fixture
def folder(tmp_path):
    """An archive that holds a booster of two classes alone, in UBJSON."""
    write(tmp_path, grown())
    return tmp_path


def write(folder, booster, name="xgboost-model", form="ubj"):
    (folder / name).write_bytes(booster.save_raw(form))


def answer(folder, body=BODY, content_type=media.CSV, accept=media.CSV, batch=False):
    handler = Handler(batch)
    model = handler.default_model_fn(str(folder))
    handler.check(model)
    parts = handler.default_input_fn(body if isinstance(body, bytes) else body.encode(), content_type)
    return handler.default_output_fn(handler.default_predict_fn(parts, model), accept).decode()


def predicted(booster, rows=3):
    return booster.predict(xgboost.DMatrix(NUMBERS[:rows])).tolist()


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("parameters", [{}, {"booster": "dart", "rate_drop": 0.5}, {"booster": "gblinear"}])
def test_a_foreign_model_is_hosted(tmp_path, form, parameters):
    booster = grown(**parameters)
    write(tmp_path, booster, form=form)
    (tmp_path / "model.tar.gz").write_bytes(b"as local mode leaves it")
    assert answer(tmp_path) == "".join(f"{score}\n" for score in predicted(booster))
    answers = json.loads(answer(tmp_path, accept=media.JSON))["predictions"]
    assert [each["score"] for each in answers] == predicted(booster)
    assert [each["label"] for each in answers] == [str(int(score > 0.5)) for score in predicted(booster)]


def test_several_are_hosted_together(tmp_path):
    boosters = [grown(subsample=0.5, seed=n) for n in range(11)]
    for number, booster in enumerate(boosters):
        write(tmp_path, booster, f"xgboost-model-{number}")
    mean = np.mean([predicted(booster) for booster in boosters], axis=0)
    assert np.allclose([float(line) for line in answer(tmp_path).split()], mean, rtol=1e-6)


def test_a_model_that_stopped_early_uses_its_best_round(tmp_path):
    booster = grown()
    booster.set_attr(best_iteration="1")
    write(tmp_path, booster)
    best = booster.predict(xgboost.DMatrix(NUMBERS[:3]), iteration_range=(0, 2)).tolist()
    assert answer(tmp_path) == "".join(f"{score}\n" for score in best) != "".join(f"{n}\n" for n in predicted(booster))


def test_names_of_columns_are_left_alone(tmp_path):
    booster = grown()
    booster.feature_names = ["age", "height", "income"]
    write(tmp_path, booster)
    assert answer(tmp_path) == "".join(f"{score}\n" for score in predicted(grown()))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (pickle.dumps({}), "is a pickle, which runs whatever code it holds, so none is loaded"),
        (pickle.dumps({}, protocol=0), "is a pickle"),
        (b"binf\0\0\0\0", "no longer reads it; make an environment with xgboost<3.1; there load it, save the booster"),
        (b'{"learner": {}}', "xgboost-model: it is damaged"),
        (b"{L\0\0", "xgboost-model: it is damaged"),
    ],
)
def test_a_foreign_file_that_cannot_be_loaded(tmp_path, content, sentence):
    (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(UserError) as error:
        answer(tmp_path)
    assert sentence in str(error.value)


def test_a_script_in_the_archive_would_not_run_and_is_named(folder):
    (folder / "code").mkdir()
    (folder / "code" / "inference.py").write_text("")
    with pytest.raises(UserError, match=r"holds code/inference\.py beside xgboost-model"):
        answer(folder)


def test_models_of_different_widths_do_not_belong_together(folder):
    other = xgboost.train({"nthread": 1}, xgboost.DMatrix(NUMBERS[:, :2], label=NUMBERS[:, 2]), 1)
    write(folder, other, "xgboost-model-1")
    with pytest.raises(UserError, match="they have different numbers of features"):
        answer(folder)


@pytest.mark.parametrize(
    ("tag", "online"),
    [
        ("sagemaker-xgboost:1.7-1", "{0}\n{1}\n{2}\n"),
        ("sagemaker-xgboost:3.0-5", "{0}\n{1}\n{2}\n"),
        ("sagemaker-xgboost:1.3-1", "{0}\n{1}\n{2}\n"),
        ("sagemaker-xgboost:1.2-2", "{0},{1},{2}"),
        ("sagemaker-xgboost:0.90-1-cpu-py3", "{0},{1},{2}"),
        ("xgboost:1", "{0},{1},{2}"),
        ("xgboost:latest", "{0},{1},{2}"),
    ],
)
def test_scores_are_separated_as_the_tag_has_them(folder, monkeypatch, tag, online):
    monkeypatch.setenv(VARIABLE, tag)
    expected = predicted(grown())
    assert answer(folder) == online.format(*expected)
    assert answer(folder, batch=True) == "".join(f"{score}\n" for score in expected)
    handler = Handler()
    assert (handler.untyped, handler.usual) == (media.LIBSVM, media.CSV)
    handler.default_model_fn(str(folder))
    assert handler.join([b"1", b"2"], media.CSV) == (b"1,2" if "," in online else b"12")


def test_probabilities_of_several_classes(tmp_path, monkeypatch):
    booster = grown("multi:softprob")
    write(tmp_path, booster)
    expected = predicted(booster)
    commas = "".join(",".join(map(str, row)) + "\n" for row in expected)
    assert answer(tmp_path) == answer(tmp_path, batch=True) == commas
    each = json.loads(answer(tmp_path, accept=media.JSON))["predictions"]
    assert [one["score"] for one in each] == expected
    assert [one["label"] for one in each] == [str(np.argmax(row)) for row in expected]
    assert each[0]["probabilities"] == dict(zip("012", expected[0], strict=True))
    monkeypatch.setenv(VARIABLE, "sagemaker-xgboost:1.7-1")
    assert answer(tmp_path) == commas
    assert answer(tmp_path, batch=True) == "".join(f"{row}\n" for row in expected)
    monkeypatch.setenv(VARIABLE, "xgboost:1")
    assert answer(tmp_path) == ",".join(map(str, expected))


def test_an_explanation_is_that_of_the_class_predicted(tmp_path):
    booster = grown("multi:softprob")
    write(tmp_path, booster)
    body = json.dumps({"instances": NUMBERS[:3].tolist(), "explain": True})
    each = json.loads(answer(tmp_path, body, media.JSON, media.JSON))["predictions"]
    margins = booster.predict(xgboost.DMatrix(NUMBERS[:3]), output_margin=True)
    for one, margin in zip(each, margins, strict=True):
        explanation = one["explanation"]
        total = sum(entry["contribution"] for entry in explanation["features"])
        assert explanation["margin"] == pytest.approx(margin[int(one["label"])], abs=1e-5)
        assert explanation["base"] + total + explanation["rest"] == pytest.approx(explanation["margin"], abs=1e-6)


@pytest.mark.parametrize(
    ("objective", "keys", "of_score"),
    [
        ("binary:logistic", "predicted_label, labels, probability, probabilities, raw_score, raw_scores",
         lambda s: [int(s > 0.5), [0, 1], s, [1 - s, s], s, [1 - s, s]]),
        ("binary:logitraw", "predicted_label,raw_score", lambda s: [int(s > 0), s]),
        ("binary:hinge", "predicted_label,labels", lambda s: [int(s), [0, 1]]),
        ("multi:softmax", "predicted_label,labels,raw_score", lambda s: [int(s), [0, 1, 2], s]),
        ("multi:softprob", "Probabilities,predicted_label,probability,raw_scores",
         lambda s: [s, int(np.argmax(s)), max(s), s]),
        ("reg:squarederror", "predicted_score", lambda s: [s]),
    ],
)  # fmt: skip
def test_what_an_answer_holds_can_be_chosen(tmp_path, monkeypatch, objective, keys, of_score):
    booster = grown(objective)
    write(tmp_path, booster)
    monkeypatch.setenv("SAGEMAKER_INFERENCE_OUTPUT", keys)
    names = keys.lower().replace(" ", "").split(",")
    expected = [dict(zip(names, of_score(score), strict=True)) for score in predicted(booster)]
    assert json.loads(answer(tmp_path, accept=media.JSON)) == {"predictions": expected}
    assert [json.loads(line) for line in answer(tmp_path, accept=media.JSON_LINES).splitlines()] == expected
    cells = [[f'"{value}"' if isinstance(value, list) else str(value) for value in one.values()] for one in expected]
    assert answer(tmp_path) == "".join(",".join(row) + "\n" for row in cells)


@pytest.mark.parametrize(
    ("objective", "keys", "sentence"),
    [
        ("binary:logistic", "label", 'names "label", but it is unknown: choose from predicted_label, labels'),
        ("reg:squarederror", "labels", 'names "labels", but reg:squarederror has none: choose from predicted_score'),
        ("binary:hinge", "probability", 'names "probability", but binary:hinge has none'),
    ],
)
def test_what_an_answer_cannot_hold_is_refused_at_the_start(tmp_path, monkeypatch, objective, keys, sentence):
    write(tmp_path, grown(objective))
    monkeypatch.setenv("SAGEMAKER_INFERENCE_OUTPUT", keys)
    with pytest.raises(UserError) as error:
        Handler().default_model_fn(str(tmp_path))
    assert sentence in str(error.value)


def test_nothing_can_be_chosen_of_reviews(trained_reviews, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_INFERENCE_OUTPUT", "probability")
    with pytest.raises(UserError, match="is for models of input features"):
        Handler().default_model_fn(str(trained_reviews.paths.model))


def message(row, sparse=False):
    record, body = Record(), io.BytesIO()
    tensor = record.features["values"].float32_tensor
    tensor.values.extend(row)
    if sparse:
        tensor.keys.extend(range(len(row)))
    _write_recordio(body, record.SerializeToString())
    return body.getvalue()


def test_requests_in_recordio_protobuf(folder):
    body = message(NUMBERS[0]) + message(NUMBERS[1], sparse=True) + message(NUMBERS[2])
    assert answer(folder, body, media.RECORDIO) == answer(folder)
    with pytest.raises(BadRequestError, match="the body is not recordio-protobuf: byte 0"):
        answer(folder, b"1,2,3", media.RECORDIO)
    with pytest.raises(BadRecordError, match="record 2: the row has 2 features, the model takes 3"):
        answer(folder, body[: len(message(NUMBERS[0]))] + message(NUMBERS[1, :2]), media.RECORDIO)


def test_a_bad_record_of_a_batch_keeps_its_place(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, "xgboost:1")
    first, second = answer(folder, "1,2,3\n1,2\n", batch=True).splitlines()
    assert float(first) > 0
    assert second == '"ERROR: the row has 2 features, the model takes 3; send no label"'
