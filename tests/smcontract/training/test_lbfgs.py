import numpy as np
import pytest
from scipy.optimize import minimize as scipys
from smcontract.training.lbfgs import minimize


def logistic(seed, n_records=300, n_columns=20):
    """The loss of a logistic regression on random records, and its gradient."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n_records, n_columns)) * np.logspace(-2, 1, n_columns)
    signs = np.where(rows @ random.normal(size=n_columns) + random.normal(size=n_records) > 0, 1, -1)

    def loss(weights):
        margins = signs * (rows @ weights)
        wrong = -signs / (1 + np.exp(margins))
        return float(np.logaddexp(0, -margins).sum() + 0.5 * weights @ weights), rows.T @ wrong + weights

    return loss, np.zeros(n_columns)


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_the_minimum_that_scipy_finds(seed):
    loss, start = logistic(seed)
    theirs = scipys(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "gtol": 1e-6, "ftol": 0})
    np.testing.assert_allclose(minimize(loss, start, rounds=500), theirs.x, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_twenty_rounds_are_as_good_as_twenty_of_scipys(seed):
    loss, start = logistic(seed)
    theirs = scipys(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 20})
    assert loss(minimize(loss, start, rounds=20))[0] < theirs.fun * 1.01


def test_it_stops_where_no_step_leads_down():
    flat = minimize(lambda x: (1.0, np.ones_like(x)), np.zeros(3), rounds=5)  # the gradient lies
    assert flat.tolist() == [0, 0, 0]
    loss, start = logistic(0)
    least = minimize(loss, start, rounds=500)
    assert minimize(loss, least, rounds=1).tolist() == least.tolist()
