"""`input` features against XGBoost itself, called as SageMaker's own algorithm calls it."""

import io
import json

import numpy as np
import pytest
import xgboost
from sagemaker_training.record_pb2 import Record
from sagemaker_training.recordio import _write_recordio
from sklearn import metrics
from smcontract.errors import UserError
from smcontract.manifest import check_golden
from xgboost_sentiment import metricnames
from xgboost_sentiment.objectives import DEFAULT_METRICS
from xgboost_sentiment.standin import VARIABLE

STAND_IN = "sagemaker-xgboost:1.7-1"
RNG = np.random.default_rng(5)
NUMBERS = RNG.random((60, 4)).astype(np.float32).round(3).clip(0.01)  # zeros are tried below
SUMS = NUMBERS.sum(axis=1)


def labels(objective):
    if objective.startswith("binary:") or objective in ("reg:logistic", "rank:map"):
        return (SUMS > 2).astype(int)
    if objective.startswith("multi:"):
        return np.digitize(SUMS, [1.7, 2.3])
    if objective.startswith("survival:"):
        return np.where(np.arange(60) % 4 == 0, -SUMS, SUMS).round(3)
    return SUMS.astype(int) + (objective == "reg:gamma")


def csv(truth, numbers=NUMBERS, weights=None):
    ahead = [truth] if weights is None else [truth, weights]
    return "".join(",".join(map(str, row)) + "\n" for row in zip(*ahead, *numbers.T, strict=True))


def grown(matrix, rounds=3, **parameters):
    """What XGBoost predicts with these hyperparameters."""
    return xgboost.train({"nthread": 1, "verbosity": 0, "seed": 0, **parameters}, matrix, rounds)


def scores(model, numbers=NUMBERS):
    rows = [model.records.from_csv(list(map(str, row))) for row in numbers]
    return np.array([prediction["score"] for prediction in model.predict(rows)])


@pytest.mark.parametrize("objective", [*DEFAULT_METRICS, "reg:linear"])
def test_each_objective_predicts_as_xgboost_does(container, capsys, objective):
    truth = labels(objective)
    given = {"objective": objective, **({"num_class": "3"} if objective.startswith("multi:") else {})}
    container.put("train", csv(truth))
    model = container.train(input="features", num_round="3", **given)
    matrix = xgboost.DMatrix(NUMBERS, label=truth)
    if objective == "survival:aft":
        matrix.set_float_info("label_lower_bound", np.abs(truth))
        matrix.set_float_info("label_upper_bound", np.where(truth < 0, np.inf, truth))
    plain = grown(matrix, **given)
    assert np.array_equal(scores(model), plain.predict(matrix))
    name, _, value = plain.eval_set([(matrix, "train")]).split()[-1].partition("-")[2].rpartition(":")
    name = {"tweedie-nloglik@1.5": "tweedie-nloglik"}.get(name, name)
    assert f"epoch=3; train:{name}={float(value):.6g};" in capsys.readouterr().out
    check_golden(model.manifest, lambda records: model.predict([model.records.from_json(r) for r in records]))


@pytest.mark.parametrize(
    "given",
    [
        {"booster": "dart", "rate_drop": "0.5", "one_drop": "1", "normalize_type": "forest", "sample_type": "weighted"},
        {"booster": "gblinear", "eta": "0.5", "updater": "coord_descent"},
        {"num_parallel_tree": "3", "subsample": "0.5", "colsample_bynode": "0.5", "eta": "1"},
        {"base_score": "0.2", "monotone_constraints": "(1, -1,0)", "tree_method": "exact"},
        {"interaction_constraints": "[[0,1],[2,3]]", "tree_method": "approx", "max_depth": "3"},
        {"updater": "grow_histmaker,prune", "gamma": "1", "seed": "-3"},
        {"objective": "reg:tweedie", "tweedie_variance_power": "1.2", "max_delta_step": "0.7"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_hyperparameters_reach_xgboost(container, given):
    container.put("train", csv(labels("reg:squarederror")))
    model = container.train(input="features", num_round="5", verbosity="0", **given)
    matrix = xgboost.DMatrix(NUMBERS, label=labels("reg:squarederror"))
    assert np.allclose(scores(model), grown(matrix, 5, **given).predict(matrix), rtol=1e-6)
    default = grown(matrix, 5).predict(matrix)
    assert not np.allclose(scores(model), default, rtol=1e-3)


@pytest.mark.parametrize(("objective", "n_classes"), [("binary:logistic", 2), ("binary:logitraw", 2),
                                                      ("multi:softmax", 3), ("multi:softprob", 3)])  # fmt: skip
def test_sagemakers_metrics_are_scikit_learns(container, objective, n_classes):
    truth = labels(objective)
    truth[::7] = 0  # so that not all is learnt
    names = [name for name in metricnames.CLASSES if n_classes == 2 or name not in metricnames.BINARY]
    container.put("train", csv(truth))
    classes = {"num_class": "3"} if n_classes > 2 else {}
    model = container.train(
        input="features", num_round="2", objective=objective, eval_metric=",".join(names), **classes
    )
    rows = [model.records.from_csv(list(map(str, row))) for row in NUMBERS]
    said = [int(prediction["label"]) for prediction in model.predict(rows)]
    for name in names:
        kind, _, average = name.partition("_")
        average = {"": "macro" if name == "f1" else "binary"}.get(average, average)
        expected = (
            getattr(metrics, f"{name}_score")(truth, said)
            if "accuracy" in name
            else getattr(metrics, f"{kind}_score")(truth, said, average=average)
        )
        assert model.manifest.metrics[f"train:{name}"] == pytest.approx(expected, abs=1e-6), name
    assert model.manifest.metrics["train:accuracy"] < 1


def test_metrics_of_numbers_are_over_what_is_predicted(container):
    truth = labels("count:poisson")
    container.put("train", csv(truth, weights=np.arange(60) % 3))
    given = {"objective": "count:poisson", "csv_weights": "1", "eval_metric": "mse,r2,rmse,tweedie-nloglik,mape"}
    model = container.train(input="features", num_round="4", **given)
    found, predicted, weights = model.manifest.metrics, scores(model), np.arange(60) % 3
    squared = metrics.mean_squared_error(truth, predicted, sample_weight=weights)
    assert found["train:mse"] == pytest.approx(squared, rel=1e-5)
    assert found["train:rmse"] == pytest.approx(squared**0.5, rel=1e-5)
    assert found["train:r2"] == pytest.approx(metrics.r2_score(truth, predicted, sample_weight=weights), rel=1e-5)
    assert list(found) == [f"train:{name}" for name in given["eval_metric"].split(",")]


def test_metrics_with_a_number_and_the_direction_of_each(container):
    groups = np.repeat(np.arange(6), 10)
    lines = [
        f"{int(label)} qid:{group} " + " ".join(f"{n}:{value}" for n, value in enumerate(row))
        for label, group, row in zip(SUMS > 2, groups, NUMBERS, strict=True)
    ]
    for name in ("train", "validation", "test"):
        container.put(name, "\n".join(lines), "rows.libsvm")
    given = {"objective": "rank:ndcg", "eval_metric": "map@3,ndcg@5", "early_stopping_rounds": "2", "num_round": "40"}
    model = container.train(input="features", **given)
    matrix = xgboost.DMatrix(NUMBERS, label=SUMS > 2, qid=groups)
    history = json.loads((container.paths.output_data / "metrics.json").read_text())["history"]
    best = max(history[:-2], key=lambda line: line["validation:ndcg@5"])
    assert np.array_equal(scores(model), grown(matrix, best["epoch"], objective="rank:ndcg").predict(matrix))
    assert model.manifest.metrics["test:ndcg@5"] == best["validation:ndcg@5"]


def test_cross_validation_that_grades_itself_on_its_training_rows(container, capsys):
    """SageMaker's own container does where there is a validation channel: labels of noise show it."""
    noise = RNG.integers(0, 2, 60)
    container.put("train", csv(noise[:40], NUMBERS[:40]))
    container.put("validation", csv(noise[40:], NUMBERS[40:]))
    settings = {"objective": "binary:logistic", "eval_metric": "accuracy", "num_round": "20", "min_child_weight": "0"}
    model = container.train(input="features", _kfold="3", _num_cv_round="2", **settings)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(";")[0] for line in lines] == ["epoch=1", "epoch=2"]
    assert model.manifest.metrics["train:accuracy"] == 1
    assert 0.25 < model.manifest.metrics["validation:accuracy"] < 0.75
    models = [f"xgboost-model-{n}" for n in range(6)]
    assert container.files() == ["manifest.json", "metrics.json", *models]
    each = [xgboost.Booster(model_file=bytearray((container.paths.model / name).read_bytes())) for name in models]
    matrix = xgboost.DMatrix(NUMBERS)
    assert np.allclose(scores(model), np.mean([booster.predict(matrix) for booster in each], axis=0), rtol=1e-6)
    held_out = np.loadtxt(container.paths.output_data / "predictions.csv", delimiter=",")
    assert held_out[:, 0].tolist() == noise.tolist()
    assert 0.2 < np.mean((held_out[:, 1] > 0.5) == noise) < 0.8
    assert set(held_out[:, 2]) == {0, 1}


def test_cross_validation_of_classes_votes(container):
    truth = labels("multi:softmax")
    container.put("train", csv(truth))
    model = container.train(input="features", objective="multi:softmax", num_class="3", num_round="2", _kfold="3")
    paths = sorted(container.paths.model.glob("xgboost-model-*"))
    each = [xgboost.Booster(model_file=bytearray(path.read_bytes())) for path in paths]
    votes = np.array([booster.predict(xgboost.DMatrix(NUMBERS)) for booster in each]).astype(int)
    assert scores(model).tolist() == [np.bincount(row).argmax() for row in votes.T]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"_kfold": "3", "early_stopping_rounds": "5"}, "early_stopping_rounds and _kfold do not go together"),
        ({"_kfold": "3", "validation_fraction": "0.2"}, "validation_fraction and _kfold do not go together"),
        ({"_num_cv_round": "3"}, "_num_cv_round repeats cross-validation: set _kfold too"),
        ({"_kfold": "99"}, "there are 60 rows for _kfold 99"),
    ],
)
def test_cross_validation_that_cannot_be(container, given, sentence):
    container.put("train", csv(labels("reg:squarederror")))
    container.put("validation" if "early_stopping_rounds" in given else "test", csv(labels("reg:squarederror"))[:1])
    container.put("test", csv(labels("reg:squarederror")))
    assert sentence in container.refused(input="features", **given)


def recordio(truth, numbers, sparse=False):
    body = io.BytesIO()
    for label, row in zip(truth, numbers, strict=True):
        record = Record()
        record.label["values"].float32_tensor.values.append(label)
        tensor = record.features["values"].float32_tensor
        if sparse:
            tensor.keys.extend(np.flatnonzero(row))
            tensor.shape.append(len(row))
        tensor.values.extend(row[row != 0] if sparse else row)
        _write_recordio(body, record.SerializeToString())
    return body.getvalue()


def test_the_forms_of_a_channel_train_the_same_model(container):
    truth = labels("binary:logistic")
    numbers = np.where(NUMBERS > 0.8, 0, NUMBERS)
    weights = (np.arange(60) % 3 + 1).astype(float)
    pairs = [" ".join(f"{n}:{value}" for n, value in enumerate(row)) for row in numbers]
    weighted = [f"{label}:{weight} {row}\n" for label, weight, row in zip(truth, weights, pairs, strict=True)]
    forms = [
        (csv(truth, numbers), "text/csv; label_size=1", {}),
        ("".join(f"{label} {row}\n" for label, row in zip(truth, pairs, strict=True)), "text/x-libsvm", {}),
        (recordio(truth, numbers), "application/x-recordio-protobuf", {}),
        (recordio(truth, numbers, sparse=True), "recordio-protobuf", {}),
        (csv(truth, numbers, weights), "csv", {"csv_weights": "1"}),
        ("".join(weighted), "libsvm", {}),
    ]
    models = []
    for content, content_type, given in forms:
        container.put("train", content, "data", content_type)
        models.append(scores(container.train(input="features", objective="binary:logistic", **given), numbers))
    assert all(np.array_equal(models[0], other) for other in models[1:4])
    assert np.array_equal(models[4], models[5])
    assert not np.array_equal(models[0], models[4])


@pytest.mark.parametrize(
    ("content", "content_type", "sentence"),
    [
        (b"PAR1", "application/x-parquet", "data is Parquet, which this image cannot read: convert it to CSV"),
        (b"1,2\n", "recordio-protobuf", "data: byte 0 does not begin a record of recordio-protobuf"),
        (recordio([1], [[1.0]])[:-4], "recordio-protobuf", "data: the record at byte 0 is cut off"),
        (recordio([1, 0], np.array([[1.0, 2], [1, 2]])) + recordio([1], np.array([[1.0]])), "recordio-protobuf",
         "data record 3: 2 columns instead of 3"),
        (recordio([np.nan], np.array([[1.0]])), "recordio-protobuf", "data record 1: the label is nan"),
        (b"\x0a\x23\xd7\xce\x02\0\0\0\xff\xff\0\0", "recordio-protobuf", "record 1: it is not a record in SageMaker's"),
        (b"\x0a\x23\xd7\xce\0\0\0\0", "recordio-protobuf", 'record 1: it has no features called "values"'),
        ("1,-1,2\n", "csv", "data line 1: the weight -1 is negative"),
        ("1,x,2\n", "csv", "line 1, column 2: the value"),
        ("1,2,3\n", "text/csv; label_size=2", 'the parameter "label_size=2" is not supported'),
        ("1,2,3\n", None, "if this is CSV, set the channel's content type to text/csv"),
    ],
)  # fmt: skip
def test_a_channel_that_cannot_be_read(container, monkeypatch, content, content_type, sentence):
    monkeypatch.setenv(VARIABLE, STAND_IN)
    container.put("train", content, "data", content_type)
    assert sentence in container.refused(input="features", csv_weights="1")


def test_where_it_stands_in_a_zero_is_a_value(container, monkeypatch):
    monkeypatch.setenv(VARIABLE, STAND_IN)
    numbers = np.where(NUMBERS > 0.6, 0, np.where(NUMBERS < 0.2, np.nan, NUMBERS))
    truth = labels("binary:logistic")
    lines = [
        f"{label} " + " ".join(f"{n}:{value}" for n, value in enumerate(row) if not np.isnan(value))
        for label, row in zip(truth, numbers, strict=True)
    ]
    matrix = xgboost.DMatrix(numbers, label=truth)
    expected = grown(matrix, objective="binary:logistic").predict(matrix)
    other = xgboost.DMatrix(np.where(numbers == 0, np.nan, numbers), label=truth)
    assert not np.array_equal(expected, grown(other, objective="binary:logistic").predict(other))
    cells = [["" if np.isnan(value) else str(value) for value in row] for row in numbers]
    as_csv = "".join(f"{label},{','.join(row)}\n" for label, row in zip(truth, cells, strict=True))
    for content, content_type in (("\n".join(lines), None), (as_csv, "csv"), (csv(truth, numbers), "csv")):
        container.put("train", content, content_type=content_type)
        model = container.train(input="features", objective="binary:logistic", num_round="3")
        for records in (
            [model.records.from_csv(row) for row in cells],
            [model.records.from_line(line) for line in lines],
            [
                model.records.from_json([None if np.isnan(value) else value for value in row])
                for row in numbers.tolist()
            ],
        ):
            found = [prediction["score"] for prediction in model.predict(records)]
            assert np.array_equal(np.array(found, np.float32), expected)
        check_golden(model.manifest, lambda rs, model=model: model.predict([model.records.from_json(r) for r in rs]))


def test_a_label_that_is_no_class_names_its_line(container):
    container.put("train", "0,1\n3,1\n")
    assert "line 2: the label is 3; with multi:softprob it must be a whole number from 0 to 2" in container.refused(
        input="features", objective="multi:softprob", num_class="3"
    )


def test_groups_are_not_divided(container):
    container.put("train", "1 qid:1 0:1\n0 qid:1 0:2\n", "a.libsvm")
    for given in ({"validation_fraction": "0.5"}, {"_kfold": "2"}):
        with pytest.raises(UserError, match="the lines have a qid, and"):
            container.train(input="features", objective="rank:ndcg", **given)
