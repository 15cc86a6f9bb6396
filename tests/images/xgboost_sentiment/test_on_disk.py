"""`use_external_memory`: what a job leaves is the same as with its rows in memory, and no more is on the disk."""

import io
import json
import signal

import numpy as np
import pytest
from sagemaker_training.record_pb2 import Record
from sagemaker_training.recordio import _write_recordio
from smcontract.errors import UserError
from smcontract.training.hosts.group import Group
from xgboost_sentiment import features, pieces
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults
from xgboost_sentiment.standin import StandIn

from tests.images.xgboost_sentiment.conftest import Container
from tests.images.xgboost_sentiment.test_hosts import MAIN, NUMBERS, several

RANDOM = np.random.default_rng(3)
ON_DISK = {"input": "features", "use_external_memory": "true"}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Rows are divided by their number in some pieces, and by what is stored in others."""
    monkeypatch.setattr(pieces, "MOST_ROWS", 50)
    monkeypatch.setattr(pieces, "MOST_STORED", 140)


def made(count):
    """Labels 0 and 1, and mostly zeros beside 1 to 9 in 7 columns."""
    numbers = RANDOM.integers(1, 10, (count, 7)) * (RANDOM.random((count, 7)) < 0.4)
    noise = RANDOM.integers(-2, 3, count)
    return (numbers[:, 1] > numbers[:, 4] + noise).astype(int), numbers


def libsvm(labels, numbers, weighted=False):
    heads = (f"{label}:{1 + number % 3}" if weighted else str(label) for number, label in enumerate(labels))
    pairs = (" ".join(f"{column}:{value}" for column, value in enumerate(row) if value) for row in numbers)
    return "".join(f"{head} {line}\n" for head, line in zip(heads, pairs, strict=True))


def weighted(labels, numbers):
    return libsvm(labels, numbers, weighted=True)


def csv(labels, numbers):
    return "".join(",".join(map(str, (label, *row))) + "\n" for label, row in zip(labels, numbers, strict=True))


def recordio(labels, numbers):
    file = io.BytesIO()
    for label, row in zip(labels, numbers, strict=True):
        record = Record()
        record.label["values"].float32_tensor.values.append(label)
        record.features["values"].float32_tensor.values.extend(row)
        _write_recordio(file, record.SerializeToString())
    return file.getvalue()


FORMS = {"libsvm": libsvm, "csv": csv, "pbr": recordio}
JOBS = {
    "classes, which stop early": (
        "libsvm",
        libsvm,
        lambda labels, _: labels,
        {"objective": "binary:logistic", "num_round": "60", "early_stopping_rounds": "3", "eval_metric": "f1,auc"},
    ),
    "weights": ("libsvm", weighted, lambda labels, _: labels, {"objective": "binary:logistic", "max_bin": "16"}),
    "many classes": (
        "csv",
        csv,
        lambda labels, numbers: labels + (numbers[:, 2] > 3),
        {"objective": "multi:softprob", "num_class": "3", "eval_metric": "mlogloss,accuracy", "subsample": "0.7"},
    ),
    "numbers": (
        "pbr",
        recordio,
        lambda labels, numbers: 3 * labels - numbers[:, 6],
        {"objective": "reg:squarederror", "grow_policy": "lossguide", "max_leaves": "8", "eval_metric": "mae,r2"},
    ),
    "times": (
        "csv",
        csv,
        lambda labels, numbers: (labels + numbers[:, 0] + 1) * np.where(numbers[:, 5], -1, 1),
        {"objective": "survival:aft", "colsample_bytree": "0.6"},
    ),
}


def left(container):
    """What a job leaves, but for times and the one hyperparameter."""
    card = json.loads((container.paths.model / "manifest.json").read_text())
    card["settings"]["hyperparameters"].pop("use_external_memory", None)
    metrics = json.loads((container.paths.output_data / "metrics.json").read_text())
    return (container.paths.model / "xgboost-model").read_bytes(), card, metrics


@pytest.mark.parametrize("name", JOBS)
def test_the_model_and_its_metrics_are_those_of_rows_in_memory(tmp_path, name):
    ending, written, label, settings = JOBS[name]
    channels = [("train", "a", 230), ("train", "b", 170), ("validation", "v", 120), ("test", "t", 60)]
    data = [(channel, f"{file}.{ending}", made(count)) for channel, file, count in channels]
    found = []
    for more in ({}, ON_DISK):
        container = Container(tmp_path / f"{len(found)}")
        for channel, file, (labels, numbers) in data:
            container.put(channel, written(label(labels, numbers), numbers), file)
        container.train(**{"input": "features", "num_round": "6", **settings, **more})
        found.append(left(container))
    assert len(found[0][2]["history"]) > 3
    assert found[0] == found[1]


def read(container, folder, **hyperparameters):
    context = container.context(**{**ON_DISK, "objective": "binary:logistic", **hyperparameters})
    folder.mkdir()
    return features.read(context.job, checked(context.hyperparameters), StandIn(""), Group.alone(), folder)


def test_pieces_hold_the_rows_in_order(container, tmp_path):
    labels, numbers = made(400)
    container.put("train", libsvm(labels, numbers), "a.libsvm")
    found = read(container, tmp_path / "rows").data["train"]
    parts = list(found.parts())
    assert max(len(part.labels) for part in parts) <= 50
    assert max(part.matrix.nnz for part in parts) < 140 + 7
    assert len(parts) >= 400 / 50
    assert np.array_equal(np.concatenate([part.matrix.toarray() for part in parts]), numbers)
    assert np.concatenate([part.labels for part in parts]).tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("label,a\n1,2\n", "a.csv", "a.csv line 1 looks like a header"),
        (
            csv(*made(300)) + "2,0,0,0,0,0,0,1\n",
            "a.csv",
            "a.csv line 301: the label is 2; with binary:logistic",
        ),
        (csv(*made(300)) + "1,0,0\n", "a.csv", "a.csv line 301: 3 columns instead of 8"),
        (libsvm(*made(300)) + "1 0:x\n", "a.libsvm", 'a.libsvm line 301: "x" is not a number'),
        (recordio(*made(300))[:-4], "a.pbr", "a.pbr: the record at byte"),
        ("1,2\n1,3\n", "a.csv", "all 2 records to train on are labelled 1"),
        ("1\n0\n", "a.libsvm", "no row has a feature that is not zero"),
        ("\n", "a.csv", "the train data hold no records"),
        ("1 qid:1 0:1\n0 qid:2 0:2\n", "a.libsvm", "the lines have a qid, and pieces on disk would divide the groups"),
    ],
)
def test_bad_rows_are_named_and_leave_nothing(container, content, name, sentence):
    container.put("train", content, name)
    assert sentence in container.refused(**ON_DISK, objective="binary:logistic")
    assert not list(container.paths.failure.parent.glob(".scratch-*"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"booster": "gblinear"}, "booster is gblinear, and with use_external_memory only gbtree learns from rows"),
        ({"booster": "dart"}, "booster is dart, and with use_external_memory only gbtree learns from rows on disk"),
        ({"tree_method": "exact"}, "tree_method is exact, and with use_external_memory only hist learns from rows"),
        ({"tree_method": "approx"}, "set it to hist"),
        ({"updater": "grow_colmaker"}, "updater is grow_colmaker, and with use_external_memory only that of hist"),
        ({"validation_fraction": "0.2"}, "rows on disk are not divided: give a validation channel"),
        ({"_kfold": "3"}, "_kfold is 3, and with use_external_memory rows on disk are not divided: leave it out"),
        ({"objective": "rank:ndcg"}, "objective is rank:ndcg, and with use_external_memory rows cannot be ranked"),
        ({"input": "text"}, "no effect with input text: use_external_memory"),
    ],
)
def test_what_needs_rows_in_memory_is_refused(given, sentence):
    raw = {**ON_DISK, **given}
    with pytest.raises(UserError, match=sentence):
        checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def test_several_hosts_are_refused(tmp_path):
    hosts = several(tmp_path, 2, NUMBERS)
    assert [code for code, _ in hosts.run(MAIN, **ON_DISK).values()] == [1, 1]
    assert "the job has 2 instances, but this image trains on one with use_external_memory" in hosts.failure("algo-1")


def test_rows_are_on_disk_while_it_trains_and_not_afterwards(rows):
    found = []
    with rows.start(**ON_DISK, num_round="100000000") as process:
        for line in process.stdout:
            if line.startswith("epoch=3;"):
                found = [path.name for path in rows.paths.failure.parent.glob(".scratch-*/train/*")]
                break
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "cache file" not in err  # XGBoost warns of pages that go before it deletes them
    assert "0.npz" in found
    assert any(name.endswith(".page") for name in found)
    assert rows.files() == ["manifest.json", "metrics.json", "xgboost-model"]
    assert not list(rows.paths.failure.parent.glob(".scratch-*"))
