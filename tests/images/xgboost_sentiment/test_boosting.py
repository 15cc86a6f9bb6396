import threading

import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix, random_array
from smcontract.errors import UserError
from smcontract.training.hosts.group import Group
from smcontract.training.metrics import MetricLog
from xgboost_sentiment import boosting
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults
from xgboost_sentiment.prepared import Data


def settings(**raw):
    raw = {"input": "features", "objective": "binary:logistic", **raw}
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def data(seed, n_rows=300, noise=False):
    """Rows whose label is the sign of a sum of their columns, or hangs on nothing."""
    rng = np.random.default_rng(seed)
    matrix = csr_matrix(random_array((n_rows, 40), density=0.3, rng=rng, dtype=np.float32))
    labels = rng.random(n_rows) > 0.5 if noise else matrix @ np.linspace(-1, 1, 40) > 0
    return Data(matrix, labels.astype(np.float32))


def train(settings, stop=None, **channels):
    metrics = MetricLog()
    booster = boosting.train(channels, settings, 2, stop or threading.Event(), metrics, Group.alone())
    return booster, metrics


def margins(booster, rows):
    return booster.predict(xgboost.DMatrix(rows.matrix), output_margin=True)


@pytest.mark.parametrize("booster", ["gblinear", "gbtree"])
def test_reported_metrics_are_those_of_the_model(booster):
    chosen = settings(booster=booster, num_round="7", eval_metric="logloss,accuracy,auc")
    train_data, validation = data(1), data(2)
    model, metrics = train(chosen, train=train_data, validation=validation)
    assert [line["epoch"] for line in metrics.history] == list(range(1, 8))
    assert list(metrics.latest) == [
        f"{channel}:{name}" for channel in ("train", "validation") for name in ("logloss", "accuracy", "auc")
    ]
    for name, rows in (("train", train_data), ("validation", validation)):
        right = np.mean((margins(model, rows) > 0) == rows.labels)
        assert metrics.latest[f"{name}:accuracy"] == pytest.approx(right, abs=1e-6)
        assert right > 0.65


@pytest.mark.parametrize("booster", ["gblinear", "gbtree"])
def test_nothing_is_learnt_from_noise_and_the_metrics_say_so(booster):
    chosen = settings(booster=booster, num_round="10", eval_metric="accuracy")
    _, metrics = train(chosen, train=data(1, 2000, noise=True), validation=data(2, 2000, noise=True))
    assert metrics.latest["train:accuracy"] > 0.53
    assert 0.46 < metrics.latest["validation:accuracy"] < 0.54


@pytest.mark.parametrize("booster", ["gblinear", "gbtree"])
def test_the_same_data_give_the_same_model(booster):
    chosen = settings(booster=booster, num_round="5", **({"subsample": "0.5"} if booster == "gbtree" else {}))
    models = [train(chosen, train=data(1))[0].save_raw("json") for _ in range(2)]
    assert models[0] == models[1]


def test_the_linear_booster_is_that_of_coordinate_descent():
    chosen = settings(booster="gblinear", num_round="7", alpha="0.001")
    fast, plain = (train({**chosen, "updater": name}, train=data(1))[0] for name in (None, "coord_descent"))
    assert np.array_equal(margins(fast, data(2)), margins(plain, data(2)))


@pytest.mark.parametrize("metric", ["accuracy", "logloss"])
def test_stopping_early_keeps_the_best_round(metric):
    chosen = settings(num_round="500", eval_metric=metric, early_stopping_rounds="5", max_depth="6", eta="1")
    train_data, validation = data(1), data(2)
    model, metrics = train(chosen, train=train_data, validation=validation)
    *rounds, last = metrics.history
    values = [line[f"validation:{metric}"] for line in rounds]
    best = (np.argmax if metric == "accuracy" else np.argmin)(values) + 1
    assert len(rounds) == best + 5 < 500
    assert last == rounds[best - 1]
    alone, _ = train({**chosen, "num_round": int(best), "early_stopping_rounds": None}, train=train_data)
    assert np.array_equal(margins(model, validation), margins(alone, validation))


def test_early_stopping_of_the_linear_booster_keeps_its_best_round_too():
    chosen = settings(booster="gblinear", num_round="500", early_stopping_rounds="1", eta="1")
    model, metrics = train(chosen, train=data(1), validation=data(2, noise=True))
    best = metrics.history[-1]["epoch"]
    assert best < len(metrics.history) - 1
    alone, _ = train({**chosen, "num_round": best, "early_stopping_rounds": None}, train=data(1))
    assert np.array_equal(margins(model, data(3)), margins(alone, data(3)))


def test_asked_to_stop_it_finishes_the_round_at_hand():
    stop = threading.Event()
    stop.set()
    model, metrics = train(settings(num_round="50"), stop, train=data(1))
    assert len(metrics.history) == model.num_boosted_rounds() == 1


def test_what_xgboost_refuses_is_a_sentence():
    chosen = settings(tree_method="exact", max_depth="0")
    with pytest.raises(UserError) as error:
        train(chosen, train=data(1))
    assert str(error.value) == (
        "XGBoost refuses this data with these hyperparameters: exact tree method doesn't support unlimited depth."
    )
