"""Jobs that are interrupted and resume: checkpoints that never do are what SageMaker's own XGBoost container ships.

Its test asserts that there is a checkpoint, and that ten rounds or more follow a restart, which training from the
beginning satisfies too. These assert that the rounds that follow are those that were missing, and that all files of the
model are those of a job that was not interrupted, byte for byte.
"""

from contextlib import suppress
from dataclasses import replace

import pytest
import xgboost
from smcontract.training.checkpoints import Checkpoints

from tests.images.xgboost_sentiment.conftest import REVIEWS, ROWS, THREE

RANDOM = {"subsample": "0.6", "colsample_bytree": "0.7", "colsample_bynode": "0.7"}
NUMBERS = {"input": "features", "objective": "binary:logistic"}
JOBS = {
    "linear": (REVIEWS, {"num_round": "5"}),
    "early stopping": (REVIEWS, {"num_round": "60", "early_stopping_rounds": "3", "validation_fraction": "0.3"}),
    "trees": (REVIEWS, {"booster": "gbtree", "num_round": "5"}),
    "many labels": (THREE, {"num_round": "3"}),
    "many labels, trees": (THREE, {"num_round": "2", "booster": "gbtree"}),
    "numbers": (ROWS, {**NUMBERS, "num_round": "5"}),
    "random": (ROWS, {**NUMBERS, "num_round": "5", **RANDOM}),
    "random, exact": (ROWS, {**NUMBERS, "num_round": "5", "subsample": "0.6", "tree_method": "exact"}),
    "dart": (ROWS, {**NUMBERS, "num_round": "5", **RANDOM, "booster": "dart", "rate_drop": "0.5"}),
    "linear numbers": (ROWS, {**NUMBERS, "num_round": "5", "booster": "gblinear", "updater": "coord_descent"}),
    "rows on disk": (ROWS, {**NUMBERS, "num_round": "5", **RANDOM, "use_external_memory": "true"}),
    "folds": (ROWS, {**NUMBERS, "num_round": "2", "_kfold": "3", **RANDOM}),
}


class Gone(BaseException):
    """The host has gone."""


@pytest.fixture
def job(container):
    """A container that takes the hyperparameters of one of `JOBS`, with a place for checkpoints."""

    def make(name):
        data, hyperparameters = JOBS[name]
        container.put("train", data)
        container.configure("checkpointconfig", {})
        return container, hyperparameters

    return make


def train(container, given, seconds=0.0, stop=False):
    """Train with that time between checkpoints, and asked to stop or not."""
    context = container.context(**given)
    if stop:
        context.stop.set()
    container.algorithm(replace(context, job=replace(context.job, checkpoint_seconds=seconds)))


def steps(container):
    return sorted(int(path.name.split("-")[1]) for path in container.paths.checkpoints.iterdir())


def model(container):
    """The model's files, but for the manifest, which has the time."""
    return {name: (container.paths.model / name).read_bytes() for name in container.files() if name != "manifest.json"}


@pytest.fixture
def gone_after(monkeypatch):
    """`gone_after(3)`: the host goes when a checkpoint of step 3 or later is there; `gone_after(None)`: no more."""
    save = Checkpoints.save

    def set_(step):
        def gone(self, done, *state):
            save(self, done, *state)
            if step is not None and done >= step:
                raise Gone

        monkeypatch.setattr(Checkpoints, "save", gone)

    return set_


@pytest.fixture
def rounds(monkeypatch):
    """The number of each round that XGBoost trains."""
    made, update = [], xgboost.Booster.update

    def counted(self, matrix, iteration):
        made.append(iteration)
        update(self, matrix, iteration)

    monkeypatch.setattr(xgboost.Booster, "update", counted)
    return made


@pytest.mark.parametrize("name", JOBS)
def test_checkpoints_that_never_resume(job, gone_after, rounds, name):
    container, given = job(name)
    train(container, given)
    whole, total = model(container), steps(container)[-1]
    assert len(rounds) == total
    for path in container.paths.checkpoints.iterdir():
        path.unlink()
    done = 0
    for stop_at in (1, total // 2, total - 1, total, None):  # each resumes what the one before has left
        gone_after(stop_at)
        rounds.clear()
        with suppress(Gone):
            train(container, given)
        there = steps(container)[-1]
        repeated = len(rounds) - (there - done)
        assert 0 <= repeated <= (name == "many labels")  # where another label was in its round
        done = there
    assert done == total
    assert rounds == []  # finished at once: all was there
    assert model(container) == whole


def test_a_term_signal_leaves_a_checkpoint_and_a_model(job, rounds):
    container, given = job("linear")
    train(container, given)
    whole = model(container)
    for path in container.paths.checkpoints.iterdir():
        path.unlink()
    train(container, given, seconds=3600, stop=True)
    assert steps(container) == [1]
    assert "manifest.json" in container.files()
    rounds.clear()
    train(container, given)
    assert rounds == [1, 2, 3, 4]
    assert model(container) == whole


def test_other_data_begin_again_and_lose_nothing(job, rounds, caplog):
    container, given = job("linear")
    train(container, given)
    container.put("train", REVIEWS + '1,"More"\n')
    train(container, given)
    assert len(rounds) == 10
    assert "are of the same settings, but of other data: they are left alone" in caplog.text
    assert steps(container) == [3, 3, 4, 4, 5, 5]
