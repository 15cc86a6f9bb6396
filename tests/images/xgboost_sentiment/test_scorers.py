import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix, random_array
from xgboost_sentiment.evaluation import rows
from xgboost_sentiment.scorers import Linear
from xgboost_sentiment.stored import joined
from xgboost_sentiment.trees import Trees, weights

BOOSTERS = {
    "gblinear": (lambda booster: Linear(weights(booster)[None]), {"updater": "coord_descent", "lambda": 1e-4}),
    "gbtree": (lambda booster: Trees([booster]), {"max_depth": 4}),
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
    margins = scorer.margins(rows(matrix))[:, 0]
    assert margins.dtype == np.float64
    assert margins == pytest.approx(booster.predict(xgboost.DMatrix(matrix), output_margin=True), abs=1e-5)
    assert 1 / (1 + np.exp(-margins)) == pytest.approx(booster.predict(xgboost.DMatrix(matrix)), abs=1e-6)


def test_a_row_scores_the_same_in_any_company(fitted):
    scorer, _, matrix = fitted
    alone = [scorer.margins(rows(matrix[number]))[0] for number in range(200)]
    assert np.array_equal(scorer.margins(rows(matrix)), alone)


def test_contributions_are_those_of_xgboost_and_add_up(fitted):
    scorer, booster, matrix = fitted
    expected = booster.predict(xgboost.DMatrix(matrix), pred_contribs=True)
    found = zip(scorer.margins(rows(matrix))[:, 0], scorer.contributions(rows(matrix), 0), strict=True)
    for number, (margin, (base, stored, absent)) in enumerate(found):
        assert base == pytest.approx(expected[number, -1], abs=1e-6)
        assert stored == pytest.approx(expected[number, matrix[number].indices], abs=1e-6)
        assert base + stored.sum() + absent == pytest.approx(margin, abs=1e-5)


def test_weights_of_columns_are_part_of_a_linear_model_and_before_one_of_trees():
    rng = np.random.default_rng(7)
    matrix = csr_matrix(random_array((30, 9), density=0.5, rng=rng, dtype=np.float32))
    ratios = rng.normal(size=(2, 9)).astype(np.float32)
    ratios[1, :4] = 0  # such columns are absent to trees
    for kind, name in ((lambda b: Linear(joined([weights(one) for one in b], ratios)), "gblinear"),
                       (lambda b: Trees(b, ratios), "gbtree")):  # fmt: skip
        boosters, seen = [], [csr_matrix(matrix.multiply(row), dtype=np.float32) for row in ratios]
        for each in seen:
            each.eliminate_zeros()
            data = xgboost.DMatrix(each, label=rng.random(30) > 0.5)
            boosters.append(xgboost.train({"booster": name, "nthread": 1, "objective": "binary:logistic"}, data, 4))
        scorer = kind(boosters)
        margins = scorer.margins(rows(matrix))
        for number, (booster, each) in enumerate(zip(boosters, seen, strict=True)):
            expected = booster.predict(xgboost.DMatrix(each), output_margin=True)
            assert margins[:, number] == pytest.approx(expected, abs=1e-5)
            told = scorer.contributions(rows(matrix), number)
            for margin, (base, stored, absent) in zip(expected, told, strict=True):
                assert base + stored.sum() + absent == pytest.approx(margin, abs=1e-5)
