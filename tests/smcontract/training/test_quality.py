import json
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from smcontract.paths import Paths
from smcontract.training import quality
from smcontract.training.metrics import MetricLog
from smcontract.training.quality import HeldOut
from smcontract.training.train import Context
from textprep.records import Record


def held_out(truth, predicted, labels):
    """Records with these labels, of which a model is surer the later they come."""
    probabilities = np.full((len(truth), len(labels)), 0.1)
    probabilities[np.arange(len(truth)), predicted] = np.linspace(0.5, 0.9, len(truth))
    return HeldOut("validation", labels, np.array(truth), probabilities)


@pytest.mark.parametrize("n_labels", [2, 5])
def test_figures_are_those_of_scikit_learn(n_labels):
    random = np.random.default_rng(n_labels)
    truth, predicted = random.integers(0, n_labels - (n_labels > 2), (2, 200))  # of five labels one never occurs
    counts = quality.confusion(truth, predicted, n_labels)
    found = quality.metrics(counts)
    assert counts.tolist() == confusion_matrix(truth, predicted, labels=range(n_labels)).tolist()
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    macro = precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)[:3]
    assert [found[f"macro_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx(macro)
    each = precision_recall_fscore_support(truth, predicted, labels=range(n_labels), zero_division=np.nan)[:3]
    details = quality.details(counts, [str(n) for n in range(n_labels)])
    for name, values in zip(("precision", "recall", "f1"), each, strict=True):
        expected = [None if np.isnan(value) else pytest.approx(value) for value in values]
        assert list(details[name].values()) == expected
    positive = precision_recall_fscore_support(truth, predicted, average="binary")[:3] if n_labels == 2 else ()
    assert [found[name] for name in ("precision", "recall", "f1") if name in found] == pytest.approx(list(positive))


def test_metrics_are_reported_under_names_that_sagemaker_can_read(capsys):
    context = Context(Paths(Path()), SimpleNamespace(), {}, threading.Event(), MetricLog())
    quality.report(held_out([0, 0, 1], [0, 1, 1], ("art & books", "sport")), context)
    assert capsys.readouterr().out == (
        "validation:accuracy=0.666667; validation:macro_precision=0.75; validation:macro_recall=0.75; "
        "validation:macro_f1=0.666667; validation:precision=0.5; validation:recall=1; validation:f1=0.666667; "
        "validation:recall:sport=1;\n"
    )
    assert context.metrics.extra["validation"]["confusion"] == [[1, 1], [0, 1]]
    assert context.metrics.extra["validation"]["recall"] == {"art & books": 0.5, "sport": 1.0}


def test_two_files_say_how_good_the_model_is(tmp_path):
    labels, truth, predicted = ("neg", "pos"), [0, 1, 1, 0], [0, 1, 0, 0]
    records = [Record(labels[n], f"text {i} " + "é" * 2000, f"a.csv line {i + 1}") for i, n in enumerate(truth)]
    context = Context(Paths(tmp_path), SimpleNamespace(), {}, threading.Event(), MetricLog())
    context.metrics.report(1, {"train:accuracy": 1.0})
    simpler = {"most frequent label": np.zeros(4, int), "another": np.array([0, 1, 1, 0])}
    quality.write(held_out(truth, predicted, labels), records, simpler, {"neg": [("bad", 0.5)], "pos": []}, context)
    found = json.loads((context.paths.output_data / "quality.json").read_text())
    assert {name: found[name] for name in ("channel", "records", "labels", "confusion", "accuracy", "words")} == {
        "channel": "validation",
        "records": 4,
        "labels": ["neg", "pos"],
        "confusion": [[2, 0], [1, 1]],
        "accuracy": 0.75,
        "words": {"neg": ["bad"], "pos": []},
    }
    assert found["baselines"][0]["accuracy"] == 0.5
    assert found["baselines"][1] == {"name": "another", "accuracy": 1.0, "macro_f1": 1.0}
    assert len(found["warnings"]) == 3
    lines = (context.paths.output_data / "predictions.jsonl").read_text().splitlines()
    assert len(lines) == 4
    third = json.loads(lines[2])
    assert third.pop("text") == records[2].text[: quality.LONGEST]
    assert third == {
        "label": "pos",
        "predicted": "neg",
        "probability": pytest.approx(0.5 + 0.4 * 2 / 3, abs=1e-6),
        "position": "a.csv line 3",
    }


GOOD = {"accuracy": 0.9, "records": 1000, "baselines": [], "precision": {"a": 0.9, "b": 0.9}}


@pytest.mark.parametrize(
    ("figures", "of_train", "sentence"),
    [
        (
            {"baselines": [{"name": "x", "accuracy": 0.5}, {"name": "y", "accuracy": 0.91}]},
            None,
            "the model's accuracy, 0.9000, is below the 0.9100 of a simple baseline (y): give more records, or look "
            "for better hyperparameters",
        ),
        (
            {"records": 100},
            None,
            "only 100 records were held out: the accuracy on others may well be 0.06 higher or lower",
        ),
        (
            {"accuracy": 1.0, "records": 9},
            None,
            "only 9 records were held out: the accuracy on others may well be 0.22 higher or lower",
        ),
        ({}, 1.0, None),
        ({"accuracy": 0.89}, 1.0, "train:accuracy, 1.0000, means nothing: the model has seen those records"),
        ({"precision": {"a": 0.9, "标": None}}, None, 'the model never predicts "标": give more records of it'),
        ({"baselines": [{"name": "x", "accuracy": 0.9}]}, None, None),
    ],
)
def test_what_the_figures_must_not_be_taken_for(figures, of_train, sentence):
    assert quality.warnings(GOOD | figures, of_train, shared=0) == ([sentence] if sentence else [])


def test_held_out_texts_that_were_trained_on_are_warned_of():
    (sentence,) = quality.warnings(GOOD, None, shared=1200)
    assert sentence == "held-out texts that are also in the training data: 1,200; expect less on others"
