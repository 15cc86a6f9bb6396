"""Curves and scores are scikit-learn's."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)
from smcontract.training import curves


def held_out(n_labels, n_records=500, digits=2):
    """Rounded, so that scores are equal often."""
    random = np.random.default_rng(n_labels)
    truth = random.integers(0, n_labels, n_records)
    scores = random.random((n_records, n_labels)) + np.eye(n_labels)[truth] * 0.3
    return truth, (scores / scores.sum(axis=1, keepdims=True)).round(digits)


def test_two_labels_are_measured_by_the_second():
    truth, probabilities = held_out(2, digits=1)
    probabilities[:, 0] = 1 - probabilities[:, 1]
    found = curves.describe(["neg", "pos"], truth, probabilities)
    (curve,) = found["curves"]
    assert curve["label"] == "pos"
    assert curve["roc_auc"] == pytest.approx(roc_auc_score(truth, probabilities[:, 1]))
    assert curve["average_precision"] == pytest.approx(average_precision_score(truth, probabilities[:, 1]))
    rates = np.column_stack(roc_curve(truth, probabilities[:, 1], drop_intermediate=False)[:2])
    assert np.array(curve["roc"]) == pytest.approx(rates, abs=1e-5)
    precision, recall, _ = precision_recall_curve(truth, probabilities[:, 1])
    assert np.array(curve["precision_recall"]) == pytest.approx(np.column_stack([recall, precision])[-2::-1], abs=1e-5)
    assert found["log_loss"] == pytest.approx(log_loss(truth, probabilities))
    assert found["brier_score"] == pytest.approx(brier_score_loss(truth, probabilities[:, 1]))


def test_of_several_labels_each_has_its_curve():
    truth, probabilities = held_out(4, digits=9)
    found = curves.describe(list("abcd"), truth, probabilities)
    assert {curve["label"]: curve["roc_auc"] for curve in found["curves"]} == {
        label: pytest.approx(roc_auc_score(truth == number, probabilities[:, number]))
        for number, label in enumerate("abcd")
    }
    assert found["brier_score"] == pytest.approx(brier_score_loss(truth, probabilities))
    assert all(len(curve["roc"]) <= curves.POINTS + 1 for curve in found["curves"])
    assert all(curve["roc"][0] == [0, 0] and curve["roc"][-1] == [1, 1] for curve in found["curves"])


def test_a_label_without_records_has_no_curve():
    found = curves.describe(list("abc"), np.array([0, 1, 1]), np.full((3, 3), 1 / 3))
    assert [curve["label"] for curve in found["curves"]] == ["b", "a"]


def test_one_true_label_has_no_curve():
    found = curves.describe(["neg", "pos"], np.array([1, 1]), np.array([[0.2, 0.8], [1.0, 0.0]]))
    assert found["curves"] == []
    assert found["log_loss"] < 100  # finite, though a probability is 0


def test_calibration_is_by_tenths():
    truth, probabilities = held_out(2, digits=9)
    probabilities[:, 0] = 1 - probabilities[:, 1]
    bins = curves.calibration(["neg", "pos"], truth, probabilities)["bins"]
    share, mean = calibration_curve(truth, probabilities[:, 1], n_bins=10)
    assert [each["share"] for each in bins] == pytest.approx(share)
    assert [each["probability"] for each in bins] == pytest.approx(mean)
    assert sum(each["records"] for each in bins) == len(truth)


def test_calibration_of_several_labels_is_that_of_the_predicted_one():
    found = curves.calibration(list("abc"), np.array([0, 1]), np.array([[0.6, 0.2, 0.2], [0.6, 0.3, 0.1]]))
    assert found["of"] is None
    assert [(each["records"], each["share"]) for each in found["bins"]] == [(2, 0.5)]
    assert found["expected_calibration_error"] == pytest.approx(0.1)
