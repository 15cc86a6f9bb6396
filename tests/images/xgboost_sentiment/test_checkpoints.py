"""Jobs that are interrupted and resume: checkpoints that never do are what SageMaker's own XGBoost container ships.

Its test asserts that there is a checkpoint, and that ten rounds or more follow a restart, which training from the
beginning satisfies too. These assert that the rounds that follow are those that were missing, and that all files of the
model are those of a job that was not interrupted, byte for byte.
"""

import random
import signal
import time
from contextlib import suppress

import pytest
from smcontract.training.checkpoints import Checkpoints
from xgboost_sentiment import folds

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
    "random, exact": (ROWS, {**NUMBERS, "num_round": "5", **RANDOM, "tree_method": "exact"}),
    "dart": (ROWS, {**NUMBERS, "num_round": "5", **RANDOM, "booster": "dart", "rate_drop": "0.5"}),
    "linear numbers": (ROWS, {**NUMBERS, "num_round": "5", "booster": "gblinear", "updater": "coord_descent"}),
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
        return container, {"checkpoint_seconds": "0", **hyperparameters}

    return make


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


@pytest.mark.parametrize("name", JOBS)
def test_checkpoints_that_resume(job, gone_after, name, capfd):
    container, given = job(name)
    container.train(**given)
    whole, total = model(container), steps(container)[-1]
    for path in container.paths.checkpoints.iterdir():
        path.unlink()
    done = 0
    for stop_at in (1, total // 2, total - 1, total):  # each continues what the one before has left
        gone_after(stop_at)
        with suppress(Gone):
            container.train(**given)
        assert done <= (done := steps(container)[-1]) <= total
    gone_after(None)
    capfd.readouterr()
    container.train(**given)
    assert "epoch=" not in "".join(line for line in capfd.readouterr().out if "train:" not in line)
    assert model(container) == whole
    assert steps(container)[-1] == total
