import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix, random_array
from xgboost_sentiment.scorers import Linear, Trees

BOOSTERS = {
    "gblinear": (Linear, {"updater": "coord_descent", "lambda": 1e-4}),
    "gbtree": (Trees, {"max_depth": 4}),
}


@pytest.fixture(params=BOOSTERS)
def fitted(request):
    """A scorer, XGBoost's own model, and rows of which the last is all zeros."""
    kind, parameters = BOOSTERS[request.param]
    rng = np.random.default_rng(5)
    matrix = csr_matrix(random_array((200, 60), density=0.2, rng=rng, dtype=np.float32) * 8)
    matrix = csr_matrix(matrix.multiply(np.arange(200)[:, None] < 199), dtype=np.float32)
    matrix.eliminate_zeros()
    labels = matrix @ rng.normal(size=60) > 1
    parameters = {"booster": request.param, "nthread": 1, "objective": "binary:logistic", **parameters}
    booster = xgboost.train(parameters, xgboost.DMatrix(matrix, label=labels), 20)
    return kind(booster), booster, matrix


def test_margins_are_those_of_xgboost(fitted):
    scorer, booster, matrix = fitted
    margins = scorer.margins(matrix)
    assert margins.dtype == np.float64
    assert margins == pytest.approx(booster.predict(xgboost.DMatrix(matrix), output_margin=True), abs=1e-5)
    assert 1 / (1 + np.exp(-margins)) == pytest.approx(booster.predict(xgboost.DMatrix(matrix)), abs=1e-6)


def test_a_row_scores_the_same_in_any_company(fitted):
    scorer, _, matrix = fitted
    alone = [scorer.margins(matrix[number])[0] for number in range(200)]
    assert np.array_equal(scorer.margins(matrix), alone)


def test_contributions_are_those_of_xgboost_and_add_up(fitted):
    scorer, booster, matrix = fitted
    expected = booster.predict(xgboost.DMatrix(matrix), pred_contribs=True)
    for number, margin in enumerate(scorer.margins(matrix)):
        row = matrix[number]
        base, stored, absent = scorer.contributions(row)
        assert base == pytest.approx(expected[number, -1], abs=1e-6)
        assert stored == pytest.approx(expected[number, row.indices], abs=1e-6)
        assert base + stored.sum() + absent == pytest.approx(margin, abs=1e-5)
