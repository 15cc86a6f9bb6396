import numpy as np
import pytest
from scipy.stats import binomtest

from driver.report import figures
from tests.driver.report.documents import evaluation, job


@pytest.mark.parametrize("counts", [(0, 0), (0, 1), (3, 3), (123, 197), (10, 2), (4000, 4200), (0, 20_000)])
def test_mcnemar_is_an_exact_binomial_test(counts):
    expected = binomtest(counts[0], sum(counts)).pvalue if sum(counts) else 1.0
    assert figures.mcnemar(*counts) == pytest.approx(expected, rel=1e-9)
    assert figures.mcnemar(*counts) == figures.mcnemar(*reversed(counts))


@pytest.mark.parametrize(("right", "records"), [(0, 10), (90, 100), (10, 10), (23059, 25000)])
def test_the_interval_is_wilson_s(right, records):
    interval = binomtest(right, records).proportion_ci(method="wilson")
    assert figures.wilson(right / records, records) == pytest.approx((interval.low, interval.high), abs=1e-8)


def test_rounds_are_columns_by_channel():
    frames = figures.rounds(job(evaluation()).evaluation)
    assert list(frames) == ["accuracy"]
    assert frames["accuracy"].columns.tolist() == ["train", "validation"]
    assert frames["accuracy"].loc[3, "train"] == 1.0


def test_a_round_that_is_said_once_more_counts_once():
    lines = [
        {"epoch": 1, "validation:error": 0.5},
        {"epoch": 2, "validation:error": 0.75},
        {"epoch": 1, "validation:error": 0.5},
    ]
    frame = figures.rounds({"metrics": {"history": lines}})["error"]
    assert frame["validation"].to_dict() == {1: 0.5, 2: 0.75}


def test_each_label_s_own_rounds_are_columns():
    lines = [{"label": "art", "epoch": 1, "train:error": 0.5}, {"label": "sport", "epoch": 1, "train:error": None}]
    assert figures.rounds({"metrics": {"history": lines}})["error"].columns.tolist() == ["train, art"]


def test_whether_a_record_is_right_comes_back_bit_for_bit():
    held_out = job(evaluation(wrong=3)).evaluation["held_out"]["test"]
    assert np.flatnonzero(~figures.right(held_out)).tolist() == [0, 1, 2]
    assert len(figures.right(held_out)) == 40
